/// What has to be done for one request before it can be answered, and how the result becomes the answer.
enum Job {
    /// Nothing: the answer is known.
    case answer(Response)
    /// Count a visit.
    case count(Arrival, render: (Tally) -> Response)
    /// Read the totals of the site, and of pages, without counting.
    case read(Set<Page>, render: (Totals) -> Response)
    /// Read the statistics of a range of days.
    case summarize(StatisticsQuery, render: (Statistics) -> Response)
}

/// A visitor at the door: what a visit is made of once the day's salt is known.
struct Arrival {
    /// The page that is visited; `nil` when the request names only the site.
    var page: Page?
    var address: IPAddress?
    var userAgent: String
    /// Identifies the request and what it asks for; see ``RequestID``.
    var request: RequestID?

    init(_ request: Request, at page: Page?) {
        self.page = page
        address = request.address
        userAgent = request.userAgent
        self.request = request.id?.combined(with: request.path, request.query)
    }
}
