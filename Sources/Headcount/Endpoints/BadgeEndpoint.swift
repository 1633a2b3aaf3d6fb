/// `/headcount/badge.svg`: shows a number without counting.
struct BadgeEndpoint: Endpoint {
    static let path = "/headcount/badge.svg"

    init(_ configuration: Configuration) {}

    func job(for request: Request, at now: Moment) throws(Problem) -> Job {
        try .badge(request) { .picture($0.svg, cacheControl: "no-cache") }
    }
}

extension Job {
    /// Reads the number that the query asks for.
    static func badge(_ request: Request, render: @escaping (Badge) -> Response) throws(Problem) -> Job {
        let query = Query(request.query)
        let page = try query.page()
        let badge = try BadgeQuery(query)
        return .read(page.map { [$0] } ?? []) { render(badge.badge($0.tally(of: page), of: page)) }
    }
}
