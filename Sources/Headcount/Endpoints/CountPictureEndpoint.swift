/// `/headcount.svg`: counts this visit and shows the number, for `<noscript>`, READMEs and mail.
struct CountPictureEndpoint: Endpoint {
    static let path = "/headcount.svg"

    /// Image proxies differ in which of these keeps them from showing an old number.
    private static let cacheControl = "no-cache, no-store, max-age=0, must-revalidate"

    private let filter: VisitFilter

    init(_ configuration: Configuration) {
        filter = VisitFilter(configuration, countsImageProxies: true)
    }

    func job(for request: Request, at now: Moment) throws(Problem) -> Job {
        let query = Query(request.query)
        let page = try query.page()
        let picture = try BadgeQuery(query)
        return filter.job(for: request, at: page) {
            .picture(picture.badge($0, of: page).svg, cacheControl: Self.cacheControl)
        }
    }
}
