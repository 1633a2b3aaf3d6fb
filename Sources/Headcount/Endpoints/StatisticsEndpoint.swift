/// `/headcount/stats`: the numbers of every day of a range, and the most visited pages, as JSON.
struct StatisticsEndpoint: Endpoint {
    static let path = "/headcount/stats"

    private let reader: StatisticsReader

    init?(_ configuration: Configuration) {
        guard let reader = StatisticsReader(configuration) else { return nil }
        self.reader = reader
    }

    func job(for request: Request, on day: Day) throws(Problem) -> Job {
        try reader.job(for: request, on: day) { .json($0.json) }
    }
}

/// What all endpoints of the statistics share: the access and the query. They only exist if the statistics are public
/// or have a password.
struct StatisticsReader {
    /// The password; `nil` if the statistics are public.
    private let password: Password?

    init?(_ configuration: Configuration) {
        switch configuration.statisticsAccess {
        case .hidden: return nil
        case .password(let password): self.password = password
        case .public: password = nil
        }
    }

    /// - Parameter maximumPages: how many pages to list, the most visited first.
    func job(
        for request: Request,
        on day: Day,
        maximumPages: Int = Statistics.defaultPages,
        render: @escaping (Statistics) -> Response
    ) throws(Problem) -> Job {
        if let password, !password.matches(authorization: request.authorization) { throw Self.unauthorized }
        let query = Query(request.query)
        let page = try query.page()
        let days = try query.field("days", Self.days) ?? Statistics.defaultDays
        let first = day.advanced(by: 1 - days)
        return .summarize(.init(page: page, first: first, last: day, maximumPages: maximumPages), render: render)
    }

    private static func days(_ text: String) throws(InvalidValue) -> Int {
        guard text.isDecimal, let days = Int(text),
            Statistics.allowedDays.contains(days)
        else { throw InvalidValue("must be a whole number from 1 to \(Statistics.allowedDays.upperBound)") }
        return days
    }

    private static let unauthorized = Problem(
        status: .unauthorized,
        detail: "The statistics need the owner's password.",
        fields: [Password.challenge]
    )
}

extension Statistics {
    package var json: String {
        let since = since.map { "\"\($0)\"" } ?? "null"
        let days = days.map { day in
            let leftOut = page == nil ? ",\"leftOut\":{\(day.leftOut.json)}" : ""
            return "{\"day\":\"\(day.day)\",\(day.count.json)\(leftOut)}"
        }.joined(separator: ",")
        let pages = pages.map { "{\"path\":\(JSON.string($0.path)),\($0.count.json)}" }.joined(separator: ",")
        return "{\(total.json),\"since\":\(since),\"days\":[\(days)],\"pages\":[\(pages)]}"
    }
}

extension LeftOut {
    /// The members of a JSON object.
    package var json: String { "\"crawlers\":\(crawlers),\"prefetches\":\(prefetches),\"ignored\":\(ignored)" }
}
