extension Service {
    /// What becomes of a request.
    enum Plan {
        case answer(Response)
        case count(Reading)
        case show(Reading)
        case statistics(StatisticsReading)
    }

    /// The way of a request, each rejection beside its reason.
    func plan(_ request: Request, _ grant: CORS.Grant) -> Plan {
        if request.method == .options {
            return .answer(grant == .refused ? Self.originRefused : Self.preflight)
        }
        guard let route = routes.route(of: request) else {
            return .answer(Self.notFound)
        }
        guard route.methods.contains(request.method) else {
            return .answer(Self.methodNotAllowed(route.methods))
        }
        guard grant != .refused else {
            return .answer(Self.originRefused)
        }
        if route == .statistics, case .whoProves(let password) = configuration.statistics {
            guard password.isProved(by: request.authorization) else { return .answer(Self.unauthorized) }
        }
        do throws(Problem) {
            return try plan(request, route)
        } catch {
            return .answer(error.response)
        }
    }

    private func plan(_ request: Request, _ route: Route) throws(Problem) -> Plan {
        let query = Query(request.query)
        switch route {
        case .count:
            let reading = Reading(page: try Self.page(query), form: .json)
            return isVisit(request) ? .count(reading) : .show(reading)
        case .countPicture:
            let reading = Reading(page: try Self.page(query), form: .momentaryPicture(try Picture(query)))
            return isVisit(request) ? .count(reading) : .show(reading)
        case .badge:
            return .show(Reading(page: try Self.page(query), form: .picture(try Picture(query))))
        case .statistics:
            return .statistics(StatisticsReading(page: try Self.page(query), days: try Self.days(query)))
        case .health:
            return .show(Reading(page: nil, form: .health))
        case .openAPI:
            return .answer(.openAPI(openAPI))
        }
    }

    /// Whether somebody comes by this request who is to be counted; others are answered all the same.
    private func isVisit(_ request: Request) -> Bool {
        request.method != .head
            && !request.isAhead
            && !isIgnored(request.address)
            && (configuration.countsCrawlers || !crawlers.contains(request.userAgent))
    }

    private func isIgnored(_ address: IPAddress?) -> Bool {
        guard let address, !configuration.ignored.isEmpty else { return false }
        return configuration.ignored.contains { $0.contains(address) }
    }

    private static func page(_ query: Query) throws(Problem) -> Page? {
        try query.field("page", Page.init(path:))
    }

    private static func days(_ query: Query) throws(Problem) -> Int {
        try query.field("days") { (text: String) throws(Query.Refusal) in
            guard text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }), let days = Int(text),
                Statistics.allowedDays.contains(days)
            else { throw .init("must be a whole number from 1 to \(Statistics.allowedDays.upperBound)") }
            return days
        } ?? Statistics.defaultDays
    }
}
