import Logging

/// The whole of Headcount between a request and its answer. Every way in hands it the requests that are ready, as one
/// batch, and sends what comes back; whatever counts in the batch is counted in one call of the store.
///
/// It belongs to one thread.
package final class Service {
    private let configuration: Configuration
    private let store: any CounterStore
    private let now: () -> Instant
    private let log: Logger

    private var today: Today?
    private var seen = SeenVisitors()
    private var outage: Outage?
    private var isSwept = false

    /// - Parameter now: the clock.
    package init(
        configuration: Configuration,
        store: any CounterStore,
        log: Logger,
        now: @escaping () -> Instant
    ) {
        self.configuration = configuration
        self.store = store
        self.log = log
        self.now = now
    }

    /// Answers a batch.
    ///
    /// - Returns: a response for each request, in order. One that counted leaves here only after its visit is durable.
    package func respond(to requests: [Request]) -> [Response] {
        var responses: [Response] = []
        responses.reserveCapacity(requests.count)
        var counting: [CountingRequest] = []

        for (index, request) in requests.enumerated() {
            let grant = configuration.cors.grant(request.origin)
            switch plan(request, grant) {
            case .answer(let response):
                responses.append(response.granting(grant))
            case .count(let page):
                counting.append(CountingRequest(index: index, page: page, grant: grant))
                responses.append(Response(status: .serviceUnavailable))
            case .show(let page):
                responses.append(show(page).granting(grant))
            case .health:
                responses.append(health().granting(grant))
            }
            responses[index].omitsBody = request.method == .head
        }
        if !counting.isEmpty { count(counting, of: requests, into: &responses) }
        return responses
    }

    /// Does what falls due between two batches: opens the day at midnight, erases what closed days left.
    ///
    /// - Returns: after how many milliseconds, at most, it wants to be called again; 0 for at once.
    package func maintain() -> Int {
        do throws(StoreError) {
            _ = try openToday()
            guard !isSwept else { return millisecondsToLook }
            switch try store.sweep() {
            case .more:
                return 0
            case .blocked:
                return Self.retryMilliseconds
            case .clean:
                isSwept = true
                return millisecondsToLook
            }
        } catch {
            noteFailure(error)
            return Self.retryMilliseconds
        }
    }

    /// What a way in answers, by itself, to a request that is too large to hand over.
    package var contentTooLarge: Response {
        Problem(status: .contentTooLarge, detail: "The request is larger than 64 KiB.").response
            .granting(configuration.cors == .any ? .everyone : .refused)
    }

    /// In seconds, with a 503.
    private static let retryAfter = 2
    private static let retryMilliseconds = 1000
}

// MARK: - Routing

extension Service {
    private enum Plan {
        case answer(Response)
        case count(Page?)
        case show(Page?)
        case health
    }

    /// The way of a request, each rejection beside its reason.
    private func plan(_ request: Request, _ grant: CORS.Grant) -> Plan {
        if request.method == .options {
            return .answer(grant == .refused ? Self.originRefused : Self.preflight)
        }
        guard let route = route(request) else {
            return .answer(Self.notFound)
        }
        guard route.methods.contains(request.method) else {
            return .answer(Self.methodNotAllowed(route.methods))
        }
        guard grant != .refused else {
            return .answer(Self.originRefused)
        }
        switch route {
        case .health:
            return .health
        case .count:
            let page: Page?
            do throws(Problem) {
                page = try Self.page(query: request.query)
            } catch {
                return .answer(error.response)
            }
            let counts = request.method != .head && !isIgnored(request.address)
            return counts ? .count(page) : .show(page)
        }
    }

    private enum Route {
        case count, health

        var methods: [Request.Method] {
            switch self {
            case .count: [.get, .head, .post]
            case .health: [.get, .head]
            }
        }
    }

    private func route(_ request: Request) -> Route? {
        var path = request.path[...]
        if !request.isBelowBasePath, !configuration.basePath.isEmpty {
            guard path.hasPrefix(configuration.basePath) else { return nil }
            path = path.dropFirst(configuration.basePath.count)
        }
        if path == configuration.countPath { return .count }
        return path == Configuration.healthPath ? .health : nil
    }

    private func isIgnored(_ address: IPAddress?) -> Bool {
        guard let address, !configuration.ignored.isEmpty else { return false }
        return configuration.ignored.contains { $0.contains(address) }
    }

    /// The page that a query names; fields of other names are none of our business.
    ///
    /// - Throws: when `page` stands there twice, or is no page.
    private static func page(query: String) throws(Problem) -> Page? {
        guard !query.isEmpty else { return nil }
        var page: Page?
        for field in query.split(separator: "&") {
            let name = field.prefix { $0 != "=" }
            guard name == "page" || PercentEncoding.decodedQueryField(name) == "page" else { continue }
            guard page == nil else {
                throw Problem(status: .badRequest, detail: "page must be given once", field: "page")
            }
            do throws(Page.Refusal) {
                page = try Page(queryField: field[name.endIndex...].dropFirst())
            } catch {
                throw Problem(status: .badRequest, detail: "page \(error.reason)", field: "page")
            }
        }
        return page
    }
}

// MARK: - Counting

extension Service {
    /// A request of the batch that counts, with what was read from it.
    private struct CountingRequest {
        var index: Int
        var page: Page?
        var grant: CORS.Grant
    }

    /// The day in force, and the clock's day it was opened for: they differ after the clock has stepped back.
    private struct Today {
        var clock: Day
        var day: Day
        var hasher: VisitorHasher
    }

    private func count(_ counting: [CountingRequest], of requests: [Request], into responses: inout [Response]) {
        do throws(StoreError) {
            let today = try openToday()
            let visits = counting.map { visit(requests[$0.index], page: $0.page, hasher: today.hasher) }
            let tallies = try store.record(visits, on: today.day)
            noteSuccess()
            for (item, tally) in zip(counting, tallies) {
                responses[item.index] = answer(tally, page: item.page).granting(item.grant)
            }
            for (visit, tally) in zip(visits, tallies) {
                if let id = visit.siteVisitor { seen.insert(id) }
                if let id = visit.pageVisitor, tally.page != nil { seen.insert(id) }
            }
        } catch {
            noteFailure(error)
            for item in counting { responses[item.index] = Self.unavailable.granting(item.grant) }
        }
    }

    /// Whoever is known to have come to the page today has come to the site.
    private func visit(_ request: Request, page: Page?, hasher: VisitorHasher) -> Visit {
        func unseen(_ page: Page?) -> VisitorID? {
            let id = hasher.id(page: page, address: request.address, userAgent: request.userAgent)
            return seen.contains(id) ? nil : id
        }
        guard let page else { return Visit(siteVisitor: unseen(nil)) }
        guard let pageVisitor = unseen(page) else { return Visit(page: page) }
        return Visit(page: page, siteVisitor: unseen(nil), pageVisitor: pageVisitor)
    }

    private func openToday() throws(StoreError) -> Today {
        let clock = Day(containing: now())
        if let today, today.clock == clock { return today }
        let opened = try store.open(clock)
        if today?.day != opened.day {
            seen.removeAll()
            isSwept = false
            log.debug("day opened", metadata: ["day": "\(opened.day)"])
        }
        let today = Today(clock: clock, day: opened.day, hasher: VisitorHasher(salt: opened.salt))
        self.today = today
        return today
    }

    /// Midnight, but a minute at most: a machine that was suspended or set right finds the new day soon.
    private var millisecondsToLook: Int {
        let now = now()
        return min(60_000, Day(containing: now).advanced(by: 1).start.milliseconds - now.milliseconds)
    }
}

// MARK: - Answers

extension Service {
    private func show(_ page: Page?) -> Response {
        do throws(StoreError) {
            return answer(try store.tally(for: page), page: page)
        } catch {
            noteFailure(error)
            return Self.unavailable
        }
    }

    private func health() -> Response {
        do throws(StoreError) {
            _ = try store.tally(for: nil)
            return Response(status: .ok, fields: Self.jsonFields, body: "{\"status\":\"ok\"}")
        } catch {
            noteFailure(error)
            return Self.unavailable
        }
    }

    private func answer(_ tally: Tally, page: Page?) -> Response {
        let numbers = "\"count\":\(tally.site.count),\"unique\":\(tally.site.unique)"
        guard let page else { return Response(status: .ok, fields: Self.jsonFields, body: "{\(numbers)}") }
        let ofPage =
            tally.page.map {
                "{\"path\":\(JSON.string(page.path)),\"count\":\($0.count),\"unique\":\($0.unique)}"
            } ?? "null"
        return Response(status: .ok, fields: Self.jsonFields, body: "{\(numbers),\"page\":\(ofPage)}")
    }

    private static let jsonFields: [Response.Field] = [
        .init("Content-Type", "application/json"),
        .init("Cache-Control", "no-store"),
        .init("X-Content-Type-Options", "nosniff"),
    ]

    private static let preflight = Response(
        status: .noContent,
        fields: [
            .init("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
            .init("Access-Control-Allow-Headers", "Content-Type"),
            .init("Access-Control-Max-Age", "86400"),
        ]
    )

    private static let notFound = Problem(status: .notFound, detail: "There is nothing at this path.").response

    private static let originRefused = Problem(
        status: .forbidden,
        detail: "Pages of this origin may not use this counter."
    ).response

    private static func methodNotAllowed(_ methods: [Request.Method]) -> Response {
        let names = (methods + [.options]).map { "\($0)".uppercased() }.joined(separator: ", ")
        return Problem(
            status: .methodNotAllowed,
            detail: "This path answers \(names).",
            fields: [.init("Allow", names)]
        ).response
    }

    package static let unavailable = Problem(
        status: .serviceUnavailable,
        detail: "The numbers can't be reached just now, and nothing of this request was confirmed.",
        fields: [.init("Retry-After", "\(retryAfter)")]
    ).response
}

extension Response {
    fileprivate func granting(_ grant: CORS.Grant) -> Response {
        var response = self
        response.fields += grant.fields
        return response
    }
}

// MARK: - Outages

extension Service {
    /// A run of failures of the store, logged at both its ends and not at every request. Only a visit that was counted
    /// ends it: a full disk is still read.
    private struct Outage {
        var since: Instant
        var failures: Int
    }

    private func noteFailure(_ error: StoreError) {
        if outage == nil {
            outage = Outage(since: now(), failures: 0)
            log.error("store unavailable", metadata: ["reason": "\(error)"])
        }
        outage?.failures += 1
    }

    private func noteSuccess() {
        guard let outage else { return }
        self.outage = nil
        let seconds = (now().milliseconds - outage.since.milliseconds) / 1000
        log.notice("store available again", metadata: ["after": "\(seconds) s", "failures": "\(outage.failures)"])
    }
}
