/// The work that one request needs, and how its result becomes the response.
enum Job {
    /// Nothing: the response is known.
    case answer(Response)
    /// Count a visit.
    case count(PendingVisit, render: (Tally) -> Response)
    /// Read the totals of the site, and of pages, without counting. `leftOut` counts the request if it would have been a
    /// visit.
    case read(Set<Page>, leftOut: LeftOut = .zero, render: (Totals) -> Response)
    /// Read the statistics of a range of days.
    case summarize(StatisticsQuery, render: (Statistics) -> Response)
}

/// The parts of a visit that are known before the day's salt.
struct PendingVisit {
    /// The visited page; `nil` for the site alone.
    var page: Page?
    var address: IPAddress?
    var userAgent: String
    /// Identifies the request with its path and query; see ``RequestID``.
    var request: RequestID?

    init(_ request: Request, at page: Page?) {
        self.page = page
        address = request.address
        userAgent = request.userAgent
        self.request = request.id?.combined(with: request.path, request.query)
    }
}
