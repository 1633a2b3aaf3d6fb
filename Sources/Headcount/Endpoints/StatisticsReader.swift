/// An endpoint of the statistics. It only exists if the statistics are public or have a password.
protocol StatisticsReading: Endpoint {
    init(reader: StatisticsReader)
}

extension StatisticsReading {
    init?(_ configuration: Configuration) {
        guard let reader = StatisticsReader(configuration) else { return nil }
        self.init(reader: reader)
    }
}

/// Access to the statistics, and their query, for all endpoints that show them.
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
        at now: Moment,
        maximumPages: Int = Statistics.defaultPages,
        render: @escaping (Statistics) -> Response
    ) throws(Problem) -> Job {
        guard admits(request, at: now) else { throw Self.unauthorized }
        let query = Query(request.query)
        let page = try query.page()
        let days = try query.field("days", Self.days) ?? Statistics.defaultDays
        let first = now.day.advanced(by: 1 - days)
        return .summarize(.init(page: page, first: first, last: now.day, maximumPages: maximumPages), render: render)
    }

    /// Whether the statistics are public, or the request has the password or a session.
    func admits(_ request: Request, at now: Moment) -> Bool {
        guard let password else { return true }
        return password.matches(authorization: request.authorization)
            || password.matches(session: request.session, at: now.instant)
    }

    /// Begins a session if the request has the password.
    ///
    /// - Throws: a 403. The challenge of a 401 would open the browser's own dialog over the form that sent the request.
    func signIn(_ request: Request, at now: Moment) throws(Problem) -> Response {
        var fields: [Response.Field] = [.noStore, .nosniff]
        if let password {
            guard password.matches(authorization: request.authorization) else {
                throw Problem(status: .forbidden, detail: "That is not the owner's password.")
            }
            fields.append(password.sessionCookie(at: now.instant))
        }
        return Response(status: .noContent, fields: fields)
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
