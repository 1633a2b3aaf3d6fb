/// `/count.svg`: counts this visit and shows the number, for readers without JavaScript.
struct CountPictureEndpoint: Endpoint {
    static let path = "/count.svg"

    private let filter: VisitFilter

    init(_ configuration: Configuration) {
        filter = VisitFilter(configuration)
    }

    func job(for request: Request, on day: Day) throws(Problem) -> Job {
        let query = Query(request.query)
        let page = try query.page()
        let picture = try Picture(query)
        return filter.job(for: request, at: page) {
            .picture(picture.svg($0, of: page), cacheControl: "no-store")
        }
    }
}
