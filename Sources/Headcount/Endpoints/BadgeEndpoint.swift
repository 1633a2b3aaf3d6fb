/// `/badge.svg`: shows a number without counting.
struct BadgeEndpoint: Endpoint {
    static let path = "/badge.svg"

    init(_ configuration: Configuration) {}

    func job(for request: Request, on day: Day) throws(Problem) -> Job {
        let query = Query(request.query)
        let page = try query.page()
        let picture = try Picture(query)
        return .read(page.map { [$0] } ?? []) {
            .picture(picture.svg($0.tally(of: page), of: page), cacheControl: "no-cache")
        }
    }
}
