import Logging

/// Turns requests into responses. Each entry point passes it the requests that are ready, as one batch, and sends the
/// responses. Used by one thread only.
package final class Service {
    private let router: Router
    private let cors: CORS
    private let now: () -> Instant
    private let log: Logger

    private let openStore: () throws(StoreError) -> any CounterStore
    private var store: (any CounterStore)?
    private var today: Today?
    private var seen = SeenVisitors()
    /// The sums of the requests that were left out since the last write.
    private var leftOut = LeftOut.zero
    private var isSwept = false
    private var maintenanceDue = Deadline(milliseconds: 0)
    private var outage: Outage

    /// - Parameters:
    ///   - now: the time of day.
    ///   - openStore: opens the store. Called for the first request that needs it, and again after a failure.
    package init(
        configuration: Configuration,
        log: Logger,
        now: @escaping () -> Instant,
        openStore: @escaping () throws(StoreError) -> any CounterStore
    ) {
        router = Router(configuration)
        cors = configuration.cors
        self.log = log
        self.now = now
        self.openStore = openStore
        outage = Outage(log: log)
    }

    /// Answers a batch of requests, after its visits have been stored durably.
    ///
    /// - Parameter deadline: when the store must give up; requests that need it are then answered with 503.
    /// - Returns: a response for each request, in order.
    package func respond(to requests: [Request], by deadline: Deadline) -> [Response] {
        let instant = now()
        let moment = Moment(instant: instant, day: today?.day ?? Day(containing: instant))
        let jobs = requests.map { router.job(for: $0, at: moment) }
        let results = perform(jobs, by: deadline)
        var tallies = results.tallies.map { $0.makeIterator() }
        return zip(requests, jobs).map { request, job in
            var response = job.response(from: results, &tallies)
            response.corsFields = (response.isPublic ? .any : cors).fields(for: request.crossOrigin)
            response.omitsBody = request.method == .head
            return response
        }
    }

    /// Does all work that the jobs need from the store, in one call.
    private func perform(_ jobs: [Job], by deadline: Deadline) -> Results {
        var work = Work()
        var pending: [PendingVisit] = []
        for job in jobs {
            switch job {
            case .answer: break
            case .count(let visit, _): pending.append(visit)
            case .read(let pages, let leftOut, _):
                work.read(pages)
                self.leftOut += leftOut
            case .summarize(let query, _): work.summarize(query)
            }
        }
        let today = pending.isEmpty ? nil : Result { () throws(StoreError) in try openToday(by: deadline) }
        if case .success(let today) = today {
            work.day = today.day
            work.visits = pending.map { visit($0, today.hasher) }
        }
        if !work.visits.isEmpty { work.leftOut = leftOut }
        guard !work.isEmpty || today != nil else { return Results() }
        var results = perform(work, by: deadline)
        // On a full disk no day can be opened at midnight, but reading still works.
        if case .failure(let error) = today { results.tallies = .failure(error) }
        outage.note(results, hasWritten: work.hasWrites, at: now())
        remember(work.visits, results.tallies)
        return results
    }

    private func perform(_ work: Work, by deadline: Deadline) -> Results {
        do throws(StoreError) {
            let results = try openedStore().perform(work, by: deadline)
            if case .success = results.tallies { leftOut -= work.leftOut }
            return results
        } catch {
            return Results(failing: error)
        }
    }

    private func openedStore() throws(StoreError) -> any CounterStore {
        if let store { return store }
        let opened = try openStore()
        store = opened
        return opened
    }

    /// Whether the store has not failed since its last write.
    package var isStoreAvailable: Bool { !outage.isOngoing }
}

// MARK: - Visitors

extension Service {
    /// The day that is open for counting.
    private struct Today {
        /// The clock's day when the store opened `day`, which is the day after it if the clock has stepped back.
        var clock: Day
        var day: Day
        var hasher: VisitorHasher
    }

    private func openToday(by deadline: Deadline) throws(StoreError) -> Today {
        let clock = Day(containing: now())
        if let today, today.clock == clock { return today }
        let opened = try openedStore().open(clock, by: deadline)
        if today?.day != opened.day {
            seen.removeAll()
            isSwept = false
            maintenanceDue = Deadline(milliseconds: 0)
            log.debug("day opened", metadata: ["day": "\(opened.day)"])
        }
        let today = Today(clock: clock, day: opened.day, hasher: VisitorHasher(salt: opened.salt))
        self.today = today
        return today
    }

    /// Makes a visit without the ids that are known to be stored. Visitors of a page also visit the site.
    private func visit(_ pending: PendingVisit, _ hasher: VisitorHasher) -> Visit {
        func unseen(_ page: Page?) -> VisitorID? {
            let id = hasher.id(page: page, address: pending.address, userAgent: pending.userAgent)
            return seen.contains(id) ? nil : id
        }
        var visit = Visit(page: pending.page, request: pending.request)
        if let page = pending.page {
            visit.pageVisitor = unseen(page)
            if visit.pageVisitor == nil { return visit }
        }
        visit.siteVisitor = unseen(nil)
        return visit
    }

    /// Remembers the visitors that have been stored.
    private func remember(_ visits: [Visit], _ tallies: Result<[Tally], StoreError>) {
        guard case .success(let tallies) = tallies else { return }
        // A repeated request may have been stored under another day's salt.
        for (visit, tally) in zip(visits, tallies) where !tally.isRepeated {
            if let id = visit.siteVisitor { seen.insert(id) }
            if let id = visit.pageVisitor, tally.page != nil { seen.insert(id) }
        }
    }
}

// MARK: - Requests that are left out

extension Service {
    /// Writes the sums that are not written yet. Call this before the store is closed; until then, visits and maintenance
    /// write them.
    package func writeLeftOut() {
        guard leftOut != .zero else { return }
        var work = Work()
        work.leftOut = leftOut
        work.day = today?.day ?? Day(containing: now())
        outage.note(perform(work, by: .after(500)), hasWritten: true, at: now())
    }
}

// MARK: - Maintenance

extension Service {
    /// Does maintenance between two batches: opens the day at midnight, erases the visitors of closed days, and writes
    /// the sums of left-out requests.
    ///
    /// - Returns: when to call again. An earlier call does nothing.
    package func maintain() -> Deadline {
        if maintenanceDue.hasPassed { maintenanceDue = .after(performMaintenance()) }
        return maintenanceDue
    }

    /// - Returns: in how many milliseconds to continue.
    private func performMaintenance() -> Int {
        do throws(StoreError) {
            _ = try openToday(by: .after(2000))
            if !isSwept {
                switch try openedStore().sweep() {
                case .more: return 0
                case .blocked: return 1000
                case .clean: isSwept = true
                }
            }
            writeLeftOut()
            return millisecondsToDayCheck
        } catch {
            outage.note(error, at: now())
            return 1000
        }
    }

    /// The time until midnight, at most a minute: the clock may be set, and the machine suspended.
    private var millisecondsToDayCheck: Int {
        let now = now()
        return min(60_000, Day(containing: now).advanced(by: 1).start.milliseconds - now.milliseconds)
    }
}
