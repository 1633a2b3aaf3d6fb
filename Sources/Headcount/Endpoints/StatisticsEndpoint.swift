/// `/stats`: the numbers of every day of a range, and the most visited pages, as JSON. Only exists if it is public or
/// has a password.
struct StatisticsEndpoint: Endpoint {
    static let path = "/stats"

    /// The password; `nil` if the statistics are public.
    private let password: Password?

    init?(_ configuration: Configuration) {
        switch configuration.statisticsAccess {
        case .hidden: return nil
        case .password(let password): self.password = password
        case .public: password = nil
        }
    }

    func job(for request: Request, on day: Day) throws(Problem) -> Job {
        if let password, !password.matches(authorization: request.authorization) { throw Self.unauthorized }
        let query = Query(request.query)
        let page = try query.page()
        let days = try query.field("days", Self.days) ?? Statistics.defaultDays
        let range = StatisticsQuery(page: page, first: day.advanced(by: 1 - days), last: day)
        return .summarize(range) { .json($0.json) }
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
        let days = days.map { "{\"day\":\"\($0.day)\",\($0.count.json)}" }.joined(separator: ",")
        let pages = pages.map { "{\"path\":\(JSON.string($0.path)),\($0.count.json)}" }.joined(separator: ",")
        return "{\(total.json),\"since\":\(since),\"days\":[\(days)],\"pages\":[\(pages)]}"
    }
}
