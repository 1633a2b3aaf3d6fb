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
        guard isVisit(request) else {
            return .read(page.map { [$0] } ?? []) { render($0.tally(of: page)) }
        }
        return .count(PendingVisit(request, at: page), render: render)
    }

    private func isVisit(_ request: Request) -> Bool {
        request.method != .head
            && !request.isPrefetch
            && !isIgnored(request.address)
            && (countsCrawlers || !isCrawler(request.userAgent))
    }

    private func isCrawler(_ userAgent: String) -> Bool {
        Self.crawlers.contains(userAgent) && !(countsImageProxies && Crawlers.isImageProxy(userAgent))
    }

    private func isIgnored(_ address: IPAddress?) -> Bool {
        guard let address, !ignored.isEmpty else { return false }
        return ignored.contains { $0.contains(address) }
    }
}
