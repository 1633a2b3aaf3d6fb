import Foundation
import GRDB
import Headcount

/// What the last batch of each process came to, request by request, kept in the transaction that counted it.
///
/// A process that is killed between its commit and its answers leaves requests behind that are counted and that the web
/// server sends again, to the next process. That one finds them here, gives the answers that were due, and counts nothing.
/// Older batches need no keeping: before a process commits the next batch it has written the answers of this one, or found
/// that the web server has left.
struct LastAnswers {
    /// The row of this process, once it has one, and how often it was written.
    private(set) var process: Int64?
    private var batches: Int64 = 0
    /// Those of the other processes, by process: a row that was not written since is not read again.
    private var others: [Int64: Row] = [:]

    private struct Row {
        var batches: Int64
        var tallies: [RequestID: Tally]
    }

    /// A new process leaves so many others alone, the youngest ones, so that a crash in a loop makes no long table.
    private static let capacity = 16

    /// Looks what other processes have answered since the last time.
    mutating func refresh(_ db: Database) throws {
        let statement = try db.cachedStatement(sql: "SELECT process, batches FROM answer WHERE process IS NOT ?")
        var present: [Int64: Row] = [:]
        let rows = try GRDB.Row.fetchCursor(statement, arguments: [process])
        while let row = try rows.next() {
            let (other, batches): (Int64, Int64) = (row[0], row[1])
            if let known = others[other], known.batches == batches {
                present[other] = known
            } else {
                let statement = try db.cachedStatement(sql: "SELECT tallies FROM answer WHERE process = ?")
                let tallies = try Data.fetchOne(statement, arguments: [other]) ?? Data()
                present[other] = Row(batches: batches, tallies: Self.decoded(tallies))
            }
        }
        others = present
    }

    /// - Returns: what another process has counted this request for; `nil` for one that is new.
    func tally(of request: RequestID) -> Tally? {
        for row in others.values {
            if let tally = row.tallies[request] { return tally }
        }
        return nil
    }

    /// Puts the answers of a batch in the place of those of the batch before.
    mutating func store(_ answers: [(RequestID, Tally)], on day: Day, _ db: Database) throws {
        let tallies = Self.encoded(answers)
        batches += 1
        if let process {
            try db.cachedStatement(
                sql: """
                    INSERT INTO answer (process, day, batches, tallies) VALUES (?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET
                        day = excluded.day, batches = excluded.batches, tallies = excluded.tallies
                    """
            ).execute(arguments: [process, day.number, batches, tallies])
            return
        }
        try db.execute(
            sql: "INSERT INTO answer (day, batches, tallies) VALUES (?, ?, ?)",
            arguments: [day.number, batches, tallies]
        )
        let process = db.lastInsertedRowID
        try db.execute(sql: "DELETE FROM answer WHERE process <= ?", arguments: [process - Int64(Self.capacity)])
        self.process = process
    }

    /// Forgets those of this process, which are all given.
    func clear(_ db: Database) throws {
        try db.execute(sql: "DELETE FROM answer WHERE process = ?", arguments: [process])
    }

    /// Forgets what no web server sends again any more when a day is opened: all but that day's and its neighbours'. After
    /// the next one a clock was wrong.
    static func clear(around day: Day, _ db: Database) throws {
        try db.execute(
            sql: "DELETE FROM answer WHERE day NOT BETWEEN ? AND ?",
            arguments: [day.advanced(by: -1).number, day.advanced(by: 1).number]
        )
    }

    /// Five numbers a request: its id, the site's count and unique, the page's, or -1 twice without one.
    private static func encoded(_ answers: [(RequestID, Tally)]) -> Data {
        var numbers: [Int64] = []
        numbers.reserveCapacity(answers.count * 5)
        for (request, tally) in answers {
            numbers.append(Int64(bitPattern: request.bits))
            for count in [tally.site, tally.page ?? Tally.Count(count: -1, unique: -1)] {
                numbers.append(Int64(count.count))
                numbers.append(Int64(count.unique))
            }
        }
        return numbers.withUnsafeBytes { Data($0) }
    }

    private static func decoded(_ data: Data) -> [RequestID: Tally] {
        data.withUnsafeBytes { bytes in
            let numbers = (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self) }
            var answers: [RequestID: Tally] = [:]
            for start in stride(from: 0, to: numbers.count - 4, by: 5) {
                let count = { Tally.Count(count: Int(numbers[start + $0]), unique: Int(numbers[start + $0 + 1])) }
                let page = count(3)
                answers[RequestID(bits: UInt64(bitPattern: numbers[start]))] =
                    Tally(site: count(1), page: page.count < 0 ? nil : page, isRepeated: true)
            }
            return answers
        }
    }
}
