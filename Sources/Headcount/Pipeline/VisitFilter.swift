/// Decides which requests to the counting endpoints count as visits. The others are answered without being counted.
struct VisitFilter {
    /// Made once, and only when a request may be a visit.
    private static let crawlers = Crawlers()
    private let countsCrawlers: Bool
    private let countsImageProxies: Bool
    private let ignored: [AddressBlock]

    /// - Parameter countsImageProxies: whether the endpoint is a picture, which image proxies fetch for people.
    init(_ configuration: Configuration, countsImageProxies: Bool = false) {
        self.countsImageProxies = countsImageProxies
        countsCrawlers = configuration.countsCrawlers
        ignored = configuration.ignored
    }

    /// Counts the request if it is a visit; otherwise only reads the totals.
    func job(for request: Request, at page: Page?, render: @escaping (Tally) -> Response) -> Job {
        if let leftOut = leftOut(request) {
            return .read(page.map { [$0] } ?? [], leftOut: leftOut) { render($0.tally(of: page)) }
        }
        return .count(PendingVisit(request, at: page), render: render)
    }

    /// - Returns: the request's part in the sums; zero for a `HEAD`; `nil` for a visit.
    private func leftOut(_ request: Request) -> LeftOut? {
        if request.method == .head { return .zero }
        if request.isPrefetch { return LeftOut(prefetches: 1) }
        if isIgnored(request.address) { return LeftOut(ignored: 1) }
        if !countsCrawlers, isCrawler(request.userAgent) { return LeftOut(crawlers: 1) }
        return nil
    }

    private func isCrawler(_ userAgent: String) -> Bool {
        Self.crawlers.contains(userAgent) && !(countsImageProxies && Crawlers.isImageProxy(userAgent))
    }

    private func isIgnored(_ address: IPAddress?) -> Bool {
        guard let address, !ignored.isEmpty else { return false }
        return ignored.contains { $0.contains(address) }
    }
}
