import Headcount
import SQLite

/// The ids of the requests in each process's last batch, written by the transaction that counted them.
///
/// If a process is killed between its commit and its answers, nginx retries the requests, although they are counted.
/// The next process finds their ids here and does not count them again. One batch is enough: a process sends the
/// answers of a batch before it commits the next one.
struct LastBatches {
    /// The row of this process, once it has one.
    private var process: Int?
    /// The ids in the rows of all other processes.
    private var others: Set<UInt64> = []
    /// The `data_version` at which `others` was read.
    private var version: Int?

    /// How many rows a new process keeps, the newest ones, so that a crash loop doesn't grow the table.
    private static let capacity = 16

    /// Reads the rows of other processes, if another process has written since the last call.
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

    /// Replaces the ids of the previous batch with those of this one.
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
