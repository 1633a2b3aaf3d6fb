import Foundation
import GRDB
import Headcount

/// The numbers in one SQLite file that several processes may share: write-ahead log, `synchronous=FULL`, one immediate
/// transaction a batch (SQLite, “Write-Ahead Logging”).
package final class SQLiteStore: CounterStore {
    let queue: DatabaseQueue
    private let maximumPages: Int
    private let busyTimeout: TimeInterval
    private var lastAnswers = LastAnswers()
    private let isAnsweringMany: Bool
    private let untouched: Untouched?

    /// Whether others have come to a file that was opened without regard to them.
    package var isOvertaken: Bool { untouched.map { !$0.isStillSo } ?? false }

    /// What a process opens the file for.
    package enum Use: Sendable, Equatable {
        /// To stay, on one thread for everybody. The file is looked at first: all of it, or all numbers if it has more
        /// than 64 MiB.
        case service
        /// To count one visit and end. Of a file of more than 1 MiB only the mark and the version are looked at.
        case oneVisit
        /// To show numbers: a file of an earlier version stays one.
        case reading
        /// To look whether the file is sound, and to change nothing of it or beside it. What others write meanwhile may be
        /// taken for damage (``isOvertaken``), unless it is opened beside them.
        case examination(besideOthers: Bool)

        /// How long a transaction waits for another process's, in seconds. Of two hundred scripts at once, one is last.
        var busyTimeout: TimeInterval {
            switch self {
            case .service, .reading, .examination: 2
            case .oneVisit: 20
            }
        }

        /// How long opening waits for whoever is making the file, in seconds.
        var turnTimeout: TimeInterval {
            switch self {
            case .service, .reading, .examination: 5
            case .oneVisit: 20
            }
        }
    }

    /// Opens the file, or makes it.
    ///
    /// - Throws: ``OpenError`` when there is nothing here that Headcount could safely write to.
    package init(path: String, maximumPages: Int, use: Use = .service) throws(OpenError) {
        // SQLite keeps the log beside the file that a link leads to, so all that is done here goes by that.
        let path = Self.resolved(path)
        self.maximumPages = maximumPages
        busyTimeout = use.busyTimeout
        isAnsweringMany = use == .service
        var configuration = GRDB.Configuration()
        configuration.label = "headcount"
        configuration.busyMode = .timeout(use.busyTimeout)
        configuration.prepareDatabase { db in
            try db.execute(
                sql: """
                    PRAGMA synchronous = FULL;
                    PRAGMA secure_delete = ON;
                    PRAGMA trusted_schema = OFF;
                    """
            )
        }
        if case .examination(let besideOthers) = use {
            configuration.readonly = true
            (queue, untouched) = try Self.examine(path, besideOthers: besideOthers, configuration)
        } else {
            untouched = nil
            queue = try Self.setUp(path: path, use: use, configuration: configuration)
        }
    }

    package func open(_ day: Day) throws(StoreError) -> OpenDay {
        try failingAsStoreError {
            if let openDay = try queue.read(Self.openDay), Self.serves(openDay, day) { return openDay }
            let openDay = try queue.write { db in
                if let openDay = try Self.openDay(db), Self.serves(openDay, day) { return openDay }
                let openDay = OpenDay(day: day, salt: .random())
                try db.execute(sql: "DELETE FROM salt")
                try LastAnswers.clear(around: day, db)
                try db.execute(
                    sql: "INSERT INTO salt (day, salt) VALUES (?, ?)",
                    arguments: [day.number, Data(openDay.salt.bytes)]
                )
                return openDay
            }
            // The old salt still stands in the log until this is done; what a reader holds up, `sweep` does later.
            _ = try truncateLog()
            return openDay
        }
    }

    package func record(_ visits: [Visit], on day: Day) throws(StoreError) -> [Tally] {
        try failingAsStoreError {
            let (tallies, answers) = try queue.write { db in
                var answers = lastAnswers
                var batch = Batch(db: db, day: day, maximumPages: maximumPages)
                // A web server that gives its requests no names sends none again, nor is a script asked twice.
                guard isAnsweringMany, visits.contains(where: { $0.request != nil }) else {
                    let tallies = try visits.map { try batch.add($0) }
                    try batch.store()
                    return (tallies, answers)
                }
                try answers.refresh(db)
                let tallies = try visits.map { visit in
                    try visit.request.flatMap(answers.tally) ?? batch.add(visit)
                }
                try batch.store()
                let named = zip(visits, tallies).compactMap { visit, tally in visit.request.map { ($0, tally) } }
                try answers.store(named, on: day, db)
                return (tallies, answers)
            }
            lastAnswers = answers
            return tallies
        }
    }

    package func totals(of pages: Set<Page>) throws(StoreError) -> [Page?: Tally.Count] {
        try failingAsStoreError {
            try queue.read { db in
                var totals: [Page?: Tally.Count] = [:]
                for subject in [nil] + pages.map(Optional.some) { totals[subject] = try db.count(of: subject) }
                return totals
            }
        }
    }

    package func statistics(of page: Page?, from first: Day, to last: Day) throws(StoreError) -> Statistics {
        try failingAsStoreError {
            try queue.read { db in
                let days = try db.days(of: page, from: first, to: last)
                return Statistics(
                    total: try db.count(of: page) ?? .zero,
                    since: try db.firstDay(of: page),
                    days: days,
                    pages: try page.map { Statistics.OfPage.of($0, days) } ?? db.pages(from: first, to: last)
                )
            }
        }
    }

    package func sweep() throws(StoreError) -> Sweep {
        try failingAsStoreError {
            let isMoreLeft = try queue.write { db in
                guard let openDay = try Self.openDay(db)?.day.number else { return false }
                // One aggregate a query, or SQLite looks at every row (“The SQLite Query Optimizer”, MIN/MAX).
                let ends = try Row.fetchOne(
                    db.cachedStatement(
                        sql: "SELECT (SELECT min(day) FROM visitor), (SELECT max(day) FROM visitor)"
                    )
                )
                let days: [Int?] = ends.map { [$0[0], $0[1]] } ?? []
                guard let closed = days.compactMap({ $0 }).first(where: { $0 != openDay }) else { return false }
                try db.cachedStatement(
                    sql: """
                        DELETE FROM visitor
                        WHERE day = ?1 AND id IN (SELECT id FROM visitor WHERE day = ?1 ORDER BY id LIMIT ?2)
                        """
                ).execute(arguments: [closed, Self.sliceLength])
                return true
            }
            if isMoreLeft { return .more }
            return try truncateLog() ? .clean : .blocked
        }
    }

    /// Writes the log back into the file and closes it. No other call may follow.
    package func close() throws(StoreError) {
        try failingAsStoreError {
            if lastAnswers.process != nil {
                // Not worth waiting for anybody.
                try? queue.writeWithoutTransaction { db in
                    try db.execute(sql: "PRAGMA busy_timeout = 0")
                    try lastAnswers.clear(db)
                }
            }
            if !queue.configuration.readonly { _ = try truncateLog() }
            try queue.close()
        }
    }

    /// In hashes: about a millisecond's work.
    private static let sliceLength = 2000

    /// Whether a day that is open may stand for `day`: itself, or the next one when the clock has stepped back a little.
    private static func serves(_ openDay: OpenDay, _ day: Day) -> Bool {
        openDay.day == day || openDay.day == day.advanced(by: 1)
    }

    static func openDay(_ db: Database) throws -> OpenDay? {
        let statement = try db.cachedStatement(sql: "SELECT day, salt FROM salt ORDER BY day DESC LIMIT 1")
        return try Row.fetchOne(statement).flatMap { row in
            let bytes: Data = row[1]
            return Salt(bytes).map { OpenDay(day: Day(number: row[0]), salt: $0) }
        }
    }

    /// Empties the write-ahead log, in which what was erased from the file may still stand.
    ///
    /// - Returns: whether it is empty; `false` while another process reads from it. It waits for nobody.
    private func truncateLog() throws -> Bool {
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA busy_timeout = 0")
            defer { try? db.execute(sql: "PRAGMA busy_timeout = \(Int(busyTimeout * 1000))") }
            do {
                try db.checkpoint(.truncate)
                return true
            } catch let error as DatabaseError where [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode) {
                return false
            }
        }
    }

    func failingAsStoreError<Value>(_ body: () throws -> Value) throws(StoreError) -> Value {
        do {
            return try body()
        } catch {
            throw StoreError("\(error)")
        }
    }
}

extension Database {
    /// - Returns: `nil` when the page was never counted.
    func count(of page: Page?) throws -> Tally.Count? {
        let statement = try cachedStatement(sql: "SELECT count, uniq FROM counter WHERE page = ?")
        return try Row.fetchOne(statement, arguments: [page?.path ?? ""]).map {
            try Tally.Count(stored: $0[0], unique: $0[1])
        }
    }
}

// Who reckons with what a spoilt file may hold would trap.

extension Tally.Count {
    init(stored count: Int, unique: Int) throws(StoreError) {
        self.init(count: count, unique: unique)
        guard isCredible else { throw StoreError("the database has an impossible number: \(count), \(unique)") }
    }
}

extension Day {
    init(stored number: Int) throws(StoreError) {
        self.init(number: number)
        guard Day.ofFourDigits.contains(self) else { throw StoreError("the database has an impossible day: \(number)") }
    }
}

extension SQLiteStore {
    /// A pragma's value, as text; for tests.
    func pragma(_ name: String) throws -> String? {
        try queue.read { try String.fetchOne($0, sql: "PRAGMA \(name)") }
    }
}
