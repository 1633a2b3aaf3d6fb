/// `/headcount`: counts this visit and returns the numbers as JSON.
struct CountEndpoint: Endpoint {
    static let path = "/headcount"
    static let methods: [Request.Method] = [.get, .head, .post]

    private let filter: VisitFilter

    init(_ configuration: Configuration) {
        filter = VisitFilter(configuration)
    }

    func job(for request: Request, at now: Moment) throws(Problem) -> Job {
        let page = try Query(request.query).page()
        return filter.job(for: request, at: page) { .json($0.json(of: page)) }
    }
}

extension Tally {
    fileprivate func json(of page: Page?) -> String {
        guard let page else { return "{\(site.json)}" }
        return "{\(site.json),\"page\":\(self.page?.json(ofPage: page.path) ?? "null")}"
    }
}
