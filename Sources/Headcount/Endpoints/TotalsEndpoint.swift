/// `/headcount.json`: returns the totals of the site and of up to 40 pages, without counting.
struct TotalsEndpoint: Endpoint {
    static let path = "/headcount.json"

    private static let maximumPages = 40

    init(_ configuration: Configuration) {}

    func job(for request: Request, at now: Moment) throws(Problem) -> Job {
        let pages = try Query(request.query).fields("page", atMost: Self.maximumPages, Page.init(path:))
        return .read(Set(pages)) { totals in
            let ofPages = pages.map { totals.pages[$0]?.json(ofPage: $0.path) ?? "null" }
            return .json("{\(totals.site.json),\"pages\":[\(ofPages.joined(separator: ","))]}")
        }
    }
}
