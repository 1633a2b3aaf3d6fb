import Headcount
import SQLite

/// Keeps the numbers in one SQLite file, which several processes may share. Uses a write-ahead log, `synchronous=FULL`
/// and one immediate transaction for each batch (SQLite, “Write-Ahead Logging”).
package final class SQLiteStore: CounterStore {
    package let path: String
    package let db: Connection
    private let maximumPages: Int
    private var lastBatches = LastBatches()

    /// What a process opens the file for.
    package enum Use: Sendable, Equatable {
        case counting
        /// Only shows numbers; never creates the file.
        case reading
    }

    /// How long a transaction without a deadline waits for another process, in milliseconds.
    package static let busyTimeout = 2000

    /// Opens the file, or creates it.
    ///
    /// - Throws: ``OpenError`` if Headcount can't safely write to the file.
    package init(
        path: String,
        maximumPages: Int,
        use: Use = .counting,
        by deadline: Deadline = .after(busyTimeout)
    ) throws(OpenError) {
        self.path = path
        self.maximumPages = maximumPages
        db = try Self.open(path, use, by: deadline)
    }

    package func open(_ day: Day, by deadline: Deadline) throws(StoreError) -> OpenDay {
        db.setBusyTimeout(deadline.millisecondsLeft)
        return try mappingErrors {
            if let openDay = try db.openDay(), openDay.covers(day) { return openDay }
            let openDay = try db.transaction {
                if let openDay = try db.openDay(), openDay.covers(day) { return openDay }
                let openDay = OpenDay(day: day, salt: .random())
                try db.run("DELETE FROM salt")
                try db.run("INSERT INTO salt (day, salt) VALUES (?, ?)", .int(day.number), .blob(openDay.salt.bytes))
                return openDay
            }
            // Removes the old salt from the write-ahead log. If a reader prevents it, `sweep` tries again.
            _ = try truncateWAL()
            return openDay
        }
    }

    package func perform(_ work: Work, by deadline: Deadline) -> Results {
        Results(of: work) { work throws(StoreError) in
            db.setBusyTimeout(deadline.millisecondsLeft)
            return try record(work)
        } totals: { pages throws(StoreError) in
            db.setBusyTimeout(deadline.millisecondsLeft)
            return try totals(of: pages)
        } statistics: { query throws(StoreError) in
            db.setBusyTimeout(deadline.millisecondsLeft)
            return try statistics(for: query)
        }
    }

    private func record(_ work: Work) throws(StoreError) -> [Tally] {
        try mappingErrors {
            var lastBatches = lastBatches
            let tallies = try db.transaction {
                let requests = work.visits.compactMap(\.request)
                if !requests.isEmpty { try lastBatches.refresh(db) }
                var batch = try Batch(of: work, db: db, maximumPages: maximumPages)
                let tallies = try work.visits.map { visit in
                    if let request = visit.request, lastBatches.contains(request) {
                        return try batch.tally(ofRepeated: visit)
                    }
                    return try batch.add(visit)
                }
                try batch.store()
                if !requests.isEmpty { try lastBatches.store(requests, db) }
                return tallies
            }
            self.lastBatches = lastBatches
            return tallies
        }
    }

    private func totals(of pages: Set<Page>) throws(StoreError) -> Totals {
        try mappingErrors {
            try db.transaction(.deferred) {
                var totals = Totals(site: try db.count(of: nil) ?? .zero)
                for page in pages { totals.pages[page] = try db.count(of: page) }
                try totals.fill(pages) { try db.pageCount() < maximumPages }
                return totals
            }
        }
    }

    private func statistics(for query: StatisticsQuery) throws(StoreError) -> Statistics {
        let page = query.page
        return try mappingErrors {
            try db.transaction(.deferred) {
                let since = try db.firstDay(of: page)
                let total = try db.count(of: page) ?? .zero
                let (pages, matching) = query.ranking.select(try counts(for: query, total: total))
                return Statistics(
                    page: page,
                    total: total,
                    since: since,
                    days: try db.days(of: page, from: query.first(since: since), to: query.last),
                    pages: pages,
                    matchingPages: matching,
                    countedPages: try db.pageCount()
                )
            }
        }
    }

    /// The numbers of the pages to rank: the page of the query, or all.
    private func counts(for query: StatisticsQuery, total: Tally.Count) throws -> [Statistics.PageCount] {
        let first = query.ranking.first
        guard query.ranking.limit > 0 else { return [] }
        guard let page = query.page else { return try db.pages(since: first) }
        let count = try first.map { try db.days(of: page, from: $0, to: query.last).sum } ?? total
        return [.init(path: page.path, count: count)]
    }

    package func sweep() throws(StoreError) -> Sweep {
        db.setBusyTimeout(Self.sweepTimeout)
        do throws(StoreError) {
            return try mappingErrors(sweepSlice)
        } catch {
            if error.kind == .busy { return .blocked }
            throw error
        }
    }

    private func sweepSlice() throws -> Sweep {
        let mayHaveMore = try db.transaction {
            guard let open = try db.openDay()?.day, let closed = try db.keysOfClosedDay(openDay: open) else {
                return false
            }
            try db.run(
                "DELETE FROM visitor WHERE key IN (SELECT key FROM visitor WHERE key BETWEEN ? AND ? LIMIT ?)",
                .int(closed.lowerBound),
                .int(closed.upperBound),
                .int(Self.sweepLimit)
            )
            return true
        }
        if mayHaveMore { return .more }
        return try truncateWAL() ? .clean : .blocked
    }

    /// Checkpoints the write-ahead log and closes the file. Call nothing else afterwards.
    package func close() throws(StoreError) {
        try mappingErrors { _ = try truncateWAL() }
        db.close()
    }

    /// How long a sweep waits for another process, in milliseconds. The next batch waits with it.
    private static let sweepTimeout = 20
    /// How many visitors one sweep erases, which takes about a millisecond.
    private static let sweepLimit = 2000

    /// Empties the write-ahead log, which may still contain erased data. Does not wait for other processes.
    ///
    /// - Returns: `false` if another process is reading from it.
    private func truncateWAL() throws -> Bool {
        db.setBusyTimeout(0)
        defer { db.setBusyTimeout(Self.busyTimeout) }
        do {
            return try db.row("PRAGMA wal_checkpoint(TRUNCATE)") { $0.int(0) == 0 } ?? true
        } catch let error as SQLiteError where [SQLiteError.busy, SQLiteError.locked].contains(error.code) {
            return false
        }
    }

    package func mappingErrors<Value>(_ body: () throws -> Value) throws(StoreError) -> Value {
        do {
            return try body()
        } catch let error as StoreError {
            throw error
        } catch let error as SQLiteError {
            throw StoreError("\(error)", error.kind)
        } catch {
            throw StoreError("\(error)")
        }
    }
}

extension SQLiteError {
    fileprivate var kind: StoreError.Kind {
        switch code {
        case Self.busy, Self.locked: .busy
        case Self.full, Self.ioError: .disk
        default: .other
        }
    }
}

extension OpenDay {
    /// Whether this is `day`, or the day after it because the clock has stepped back.
    fileprivate func covers(_ day: Day) -> Bool { self.day == day || self.day == day.advanced(by: 1) }
}

extension Connection {
    /// - Returns: `nil` if the page was never counted.
    package func count(of page: Page?) throws -> Tally.Count? {
        try row("SELECT count, uniq FROM counter WHERE page = ?", .text(page?.path ?? "")) {
            try Tally.Count(stored: $0.int(0), unique: $0.int(1))
        }
    }

    package func pageCount() throws -> Int {
        try row("SELECT count(*) FROM counter WHERE page <> ''") { $0.int(0) } ?? 0
    }

    func openDay() throws -> OpenDay? {
        let openDay = try row("SELECT day, salt FROM salt ORDER BY day DESC LIMIT 1") { row in
            row.withBlob(1) { Salt($0) }.map { OpenDay(day: Day(number: row.int(0)), salt: $0) }
        }
        return openDay ?? nil
    }

    /// The range of the visitor keys of a closed day; `nil` if only the open day has visitors.
    fileprivate func keysOfClosedDay(openDay open: Day) throws -> ClosedRange<Int>? {
        // Two queries, since SQLite scans all rows for two aggregates in one (“The SQLite Query Optimizer”, MIN/MAX).
        let keys: [Int?] = try rows("SELECT min(key) FROM visitor UNION ALL SELECT max(key) FROM visitor") {
            $0.isNull(0) ? nil : $0.int(0)
        }
        return keys.compactMap { $0.map(VisitorKey.keys(ofDayWith:)) }.first { $0 != VisitorKey.keys(of: open) }
    }
}

// Arithmetic on corrupt values could trap, so they are validated on read.

extension Tally.Count {
    package init(stored count: Int, unique: Int) throws(StoreError) {
        self.init(count: count, unique: unique)
        guard isValid else { throw StoreError("the database has an impossible number: \(count), \(unique)") }
    }
}

extension LeftOut {
    fileprivate init(stored crawlers: Int, prefetches: Int, ignored: Int) throws(StoreError) {
        self.init(crawlers: crawlers, prefetches: prefetches, ignored: ignored)
        guard isWithin(1 << 53) else { throw StoreError("the database has an impossible number: \(self)") }
    }
}

extension Statement {
    /// Reads the columns `day`, `count`, `uniq`, `crawlers`, `prefetches` and `ignored`.
    package func dayCount(at column: Int = 0) throws -> Statistics.DayCount {
        .init(
            day: try Day(stored: int(column)),
            count: try .init(stored: int(column + 1), unique: int(column + 2)),
            leftOut: try .init(stored: int(column + 3), prefetches: int(column + 4), ignored: int(column + 5))
        )
    }
}

extension Day {
    package init(stored number: Int) throws(StoreError) {
        self.init(number: number)
        guard Day.supported.contains(self) else { throw StoreError("the database has an impossible day: \(number)") }
    }
}
