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

extension Job {
    /// The response to the request.
    ///
    /// - Parameter tallies: the tallies of the batch, without those of earlier visits. Takes the first one for a visit.
    func response(
        from results: Results,
        _ tallies: inout Result<IndexingIterator<[Tally]>, StoreError>
    ) -> Response {
        switch self {
        case .answer(let response):
            return response
        case .count(_, let render):
            guard case .success(var rest) = tallies, let tally = rest.next() else { return .unavailable }
            tallies = .success(rest)
            return render(tally)
        case .read(_, _, let render):
            guard case .success(let totals) = results.totals else { return .unavailable }
            return render(totals)
        case .summarize(let query, let render):
            guard case .success(let all) = results.statistics else { return .unavailable }
            return all[query].map(render) ?? .busy
        }
    }
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
