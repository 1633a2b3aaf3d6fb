import Foundation
import GRDB
import Headcount

/// What the last batch of each process came to, request by request, kept in the transaction that counted it.
///
/// A process that is killed between its commit and its answers leaves requests behind that are counted and that the web
/// server sends again, to the next process. That one finds them here, gives the answers that were due, and counts nothing.
/// Older batches need no keeping: a process answers one before it begins the next.
struct LastAnswers {
    /// The row of this process, once it has one.
    private(set) var process: Int64?

    /// Of so many processes at most, the youngest ones: a crash in a loop must not make every batch read a long table.
    private static let capacity = 16

    /// The answers of the other processes.
    func ofOthers(_ db: Database) throws -> [RequestID: Tally] {
        let statement = try db.cachedStatement(sql: "SELECT tallies FROM answer WHERE process IS NOT ?")
        var answers: [RequestID: Tally] = [:]
        for tallies in try Data.fetchAll(statement, arguments: [process]) {
            answers.merge(Self.decoded(tallies)) { $1 }
        }
        return answers
    }

    /// Puts the answers of a batch in the place of those of the batch before.
    func storing(_ answers: [(RequestID, Tally)], on day: Day, _ db: Database) throws -> LastAnswers {
        let tallies = Self.encoded(answers)
        if let process {
            try db.cachedStatement(
                sql: """
                    INSERT INTO answer (process, day, tallies) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET day = excluded.day, tallies = excluded.tallies
                    """
            ).execute(arguments: [process, day.number, tallies])
            return self
        }
        try db.execute(sql: "INSERT INTO answer (day, tallies) VALUES (?, ?)", arguments: [day.number, tallies])
        let process = db.lastInsertedRowID
        try db.execute(sql: "DELETE FROM answer WHERE process <= ?", arguments: [process - Int64(Self.capacity)])
        return LastAnswers(process: process)
    }

    /// Forgets those of this process, which are all given.
    func clear(_ db: Database) throws {
        try db.execute(sql: "DELETE FROM answer WHERE process = ?", arguments: [process])
    }

    /// Forgets what no web server sends again any more: what is older than the day before one that is opened.
    static func clear(before day: Day, _ db: Database) throws {
        try db.execute(sql: "DELETE FROM answer WHERE day < ?", arguments: [day.advanced(by: -1).number])
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
                    Tally(site: count(1), page: page.count < 0 ? nil : page)
            }
            return answers
        }
    }
}
