import Headcount
import SQLite

/// The names of the requests in each process's last batch, written by the transaction that counted them.
///
/// A process that is killed between its commit and its answers leaves requests behind that are counted, and nginx sends
/// them again, to another process. That one finds their names here and does not count them again. One batch is enough:
/// before a process commits the next one, it has written the answers of this one.
struct LastBatches {
    /// The row of this process, once it has one.
    private var process: Int?
    /// The names in the rows of all others, and what ``Connection`` said when they were read.
    private var others: Set<UInt64> = []
    private var version: Int?

    /// A new process keeps the rows of this many others, the youngest, so that a crash in a loop makes no long table.
    private static let capacity = 16

    /// Reads the rows of other processes, if any has written since the last time.
    mutating func refresh(_ db: Connection) throws {
        let version = try db.row("PRAGMA data_version") { $0.int(0) }
        guard version != self.version else { return }
        let rows = try db.rows("SELECT names FROM last_batch WHERE process <> ?", .int(process ?? 0)) { row in
            row.withBlob(0) { bytes in
                stride(from: 0, to: bytes.count - 7, by: 8).map {
                    bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self)
                }
            }
        }
        others = Set(rows.joined())
        self.version = version
    }

    /// Whether another process has counted this request.
    func contains(_ request: RequestID) -> Bool { !others.isEmpty && others.contains(request.bits) }

    /// Puts the names of a batch in the place of those of the batch before.
    mutating func store(_ requests: [RequestID], _ db: Connection) throws {
        let names = requests.map(\.bits)
        guard let process else {
            try db.run("INSERT INTO last_batch (names) VALUES (?)", .blob(names.withUnsafeBytes { [UInt8]($0) }))
            let process = Int(db.lastInsertedRowID)
            try db.run("DELETE FROM last_batch WHERE process <= ?", .int(process - Self.capacity))
            self.process = process
            return
        }
        let statement = try db.statement(
            """
            INSERT INTO last_batch (process, names) VALUES (?, ?)
            ON CONFLICT DO UPDATE SET names = excluded.names
            """
        )
        try statement.bind(1, process)
        try names.withUnsafeBytes { try statement.bind(2, $0) }
        try statement.run()
    }
}
