import Logging

/// The whole of Headcount between a request and its answer. Every way in hands it the requests that are ready, as one
/// batch, and sends what comes back; whatever counts in the batch is counted in one call of the store.
///
/// It belongs to one thread.
package final class Service {
    let configuration: Configuration
    let routes: Routes
    let crawlers = Crawlers()
    let openAPI: String
    private let store: any CounterStore
    private let now: () -> Instant
    private let log: Logger

    private var today: Today?
    private var seen = SeenVisitors()
    private var outage: Outage?
    private var outageLogged: Instant?
    private var isSwept = false
    /// Whether a batch has opened a day, so that ``maintain()`` should be called soon.
    package private(set) var isMaintenanceDue = false

    /// - Parameter now: the clock.
    package init(
        configuration: Configuration,
        store: any CounterStore,
        log: Logger,
        now: @escaping () -> Instant
    ) {
        self.configuration = configuration
        routes = Routes(configuration)
        openAPI = OpenAPI.text(configuration)
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
        var counting: [Waiting<Reading>] = []
        var showing: [Waiting<Reading>] = []
        var summing: [Waiting<StatisticsReading>] = []

        for (index, request) in requests.enumerated() {
            let grant = configuration.cors.grant(request.origin)
            switch plan(request, grant) {
            case .answer(let response):
                responses.append(response.granting(grant))
            case .count(let reading):
                counting.append(Waiting(index: index, reading: reading, grant: grant))
                responses.append(Self.unavailable)
            case .show(let reading):
                showing.append(Waiting(index: index, reading: reading, grant: grant))
                responses.append(Self.unavailable)
            case .statistics(let reading):
                summing.append(Waiting(index: index, reading: reading, grant: grant))
                responses.append(Self.unavailable)
            }
        }
        // What has to be durable first, what takes longest last.
        store.beginBatch()
        if !counting.isEmpty { count(counting, of: requests, into: &responses) }
        if !showing.isEmpty { show(showing, into: &responses) }
        if !summing.isEmpty { sum(summing, into: &responses) }
        for (index, request) in requests.enumerated() where request.method == .head {
            responses[index].omitsBody = true
        }
        return responses
    }

    /// Does what falls due between two batches: opens the day at midnight, erases what closed days left.
    ///
    /// - Returns: after how many milliseconds, at most, it wants to be called again; 0 for at once.
    package func maintain() -> Int {
        store.beginBatch()
        do throws(StoreError) {
            _ = try openToday()
            isMaintenanceDue = false
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
            isMaintenanceDue = false
            noteFailure(error)
            return Self.retryMilliseconds
        }
    }

    /// Whether the store did what it was last asked to.
    package var isStoreAvailable: Bool { outage == nil }

    /// What a way in answers, by itself, to a request that is too large to hand over.
    package var contentTooLarge: Response {
        Problem(status: .contentTooLarge, detail: "The request is larger than 64 KiB.").response
            .granting(configuration.cors == .any ? .everyone : .refused)
    }

    private static let retryMilliseconds = 1000

    /// A request of the batch that waits for the store, with what it wants to know.
    private struct Waiting<Reading> {
        var index: Int
        var reading: Reading
        var grant: CORS.Grant
    }
}

// MARK: - Counting

extension Service {
    /// The day in force, and the clock's day it was opened for: they differ after the clock has stepped back.
    private struct Today {
        var clock: Day
        var day: Day
        var hasher: VisitorHasher
    }

    private func count(_ counting: [Waiting<Reading>], of requests: [Request], into responses: inout [Response]) {
        do throws(StoreError) {
            let today = try openToday()
            let visits = counting.map { visit(requests[$0.index], page: $0.reading.page, hasher: today.hasher) }
            let tallies = try store.record(visits, on: today.day)
            noteSuccess()
            for (item, tally) in zip(counting, tallies) {
                responses[item.index] = item.reading.answer(tally).granting(item.grant)
            }
            // Of a repeated one the store may have another day's id.
            for (visit, tally) in zip(visits, tallies) where !tally.isRepeated {
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
        let name = request.id?.asking(request.path, request.query)
        func unseen(_ page: Page?) -> VisitorID? {
            let id = hasher.id(page: page, address: request.address, userAgent: request.userAgent)
            return seen.contains(id) ? nil : id
        }
        guard let page else { return Visit(siteVisitor: unseen(nil), request: name) }
        guard let pageVisitor = unseen(page) else { return Visit(page: page, request: name) }
        return Visit(page: page, siteVisitor: unseen(nil), pageVisitor: pageVisitor, request: name)
    }

    private func openToday() throws(StoreError) -> Today {
        let clock = Day(containing: now())
        if let today, today.clock == clock { return today }
        let opened = try store.open(clock)
        if today?.day != opened.day {
            seen.removeAll()
            isSwept = false
            isMaintenanceDue = true
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

// MARK: - Reading

extension Service {
    /// Read in one call for all in the batch.
    private func show(_ showing: [Waiting<Reading>], into responses: inout [Response]) {
        do throws(StoreError) {
            let totals = try store.totals(of: Set(showing.compactMap(\.reading.page)))
            for item in showing {
                responses[item.index] = item.reading.answer(Tally(of: item.reading.page, in: totals))
                    .granting(item.grant)
            }
        } catch {
            noteFailure(error)
            for item in showing { responses[item.index] = Self.unavailable.granting(item.grant) }
        }
    }

    /// For how long a batch begins to read statistics, in milliseconds. Every visit waits meanwhile, and a year of a
    /// thousand pages takes the store a seventh of a second; a reading of a usual site takes a few milliseconds.
    private static let statisticsBudget = 250

    /// Reads once for all in the batch who ask for the same, what takes least first. Those for whom no time is left
    /// may come again.
    private func sum(_ summing: [Waiting<StatisticsReading>], into responses: inout [Response]) {
        let began = now()
        let waiting = Dictionary(grouping: summing, by: \.reading)
        for (reading, items) in waiting.sorted(by: { $0.key.takesLess(than: $1.key) }) {
            let isInTime = now().milliseconds - began.milliseconds < Self.statisticsBudget
            let response = isInTime ? answer(reading) : Self.busy
            for item in items { responses[item.index] = response.granting(item.grant) }
        }
    }

    private func answer(_ reading: StatisticsReading) -> Response {
        do throws(StoreError) {
            // A full disk can still be read.
            let last = (try? openToday().day) ?? Day(containing: now())
            let first = last.advanced(by: 1 - reading.days)
            return .json(try store.statistics(of: reading.page, from: first, to: last).json)
        } catch {
            noteFailure(error)
            return Self.unavailable
        }
    }
}

extension Response {
    func granting(_ grant: CORS.Grant) -> Response {
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
        var failures = 0
        var isLogged = false
    }

    /// A disk that fails now and then would fill the log: one outage in ten seconds is told of, and one that lasts.
    private static let logInterval = 10_000

    private func noteFailure(_ error: StoreError) {
        let now = now()
        var outage = outage ?? Outage(since: now)
        outage.failures += 1
        if !outage.isLogged, outageLogged.map({ abs(now.milliseconds - $0.milliseconds) >= Self.logInterval }) ?? true {
            outage.isLogged = true
            outageLogged = now
            log.error("store unavailable", metadata: ["reason": "\(error)"])
        }
        self.outage = outage
    }

    private func noteSuccess() {
        guard let outage else { return }
        self.outage = nil
        guard outage.isLogged else { return }
        let seconds = (now().milliseconds - outage.since.milliseconds) / 1000
        log.notice("store available again", metadata: ["after": "\(seconds) s", "failures": "\(outage.failures)"])
    }
}
