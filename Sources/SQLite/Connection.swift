import CSQLite

/// An open database, for use by one thread at a time.
///
/// ```swift
/// let db = try Connection(path: "visits.db")
/// try db.run("INSERT INTO visit (page) VALUES (?)", .text("/blog"))
/// let pages = try db.rows("SELECT page, count FROM counter") { ($0.text(0), $0.int(1)) }
/// ```
package final class Connection {
    let handle: OpaquePointer
    private var prepared: [String: Statement] = [:]
    private var isClosed = false

    /// Opens a database for reading and writing.
    ///
    /// - Parameter busyTimeout: how long a statement waits for another process's lock, in milliseconds.
    /// - Throws: ``SQLiteError``, such as ``SQLiteError/cantOpen``. Only the first statement detects that a file is not
    ///   a database.
    package init(path: String, busyTimeout: Int = 2000) throws(SQLiteError) {
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let opened else {
            let error = opened.map(SQLiteError.init(of:)) ?? SQLiteError(code: SQLITE_NOMEM, message: "out of memory")
            sqlite3_close_v2(opened)
            throw error
        }
        handle = opened
        // SQLite opens a file that is not writable as read-only, without an error.
        guard sqlite3_db_readonly(handle, "main") == 0 else {
            sqlite3_close_v2(handle)
            throw SQLiteError(code: SQLITE_READONLY, message: "the file is not writable")
        }
        setBusyTimeout(busyTimeout)
    }

    deinit { close() }

    /// Finalizes all statements and closes the file. The last connection also checkpoints the write-ahead log. Call
    /// nothing else afterwards.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        for statement in prepared.values { statement.finalize() }
        prepared = [:]
        sqlite3_close_v2(handle)
    }

    /// Sets how long a statement waits for another process's lock, in milliseconds; 0 to fail at once.
    package func setBusyTimeout(_ milliseconds: Int) {
        sqlite3_busy_timeout(handle, CInt(milliseconds))
    }

    /// The number of rows that the last `INSERT`, `UPDATE` or `DELETE` changed.
    package var changes: Int { Int(sqlite3_changes64(handle)) }

    package var lastInsertedRowID: Int64 { sqlite3_last_insert_rowid(handle) }

    /// A statement that is prepared once and kept until the connection closes.
    package func statement(_ sql: String) throws(SQLiteError) -> Statement {
        if let statement = prepared[sql] { return statement }
        let statement = try Statement(sql, in: self)
        prepared[sql] = statement
        return statement
    }

    /// Runs a statement that returns no rows.
    package func run(_ sql: String, _ values: Value...) throws(SQLiteError) {
        let statement = try statement(sql)
        try statement.bind(values)
        try statement.run()
    }

    /// Reads all rows of a query.
    package func rows<Element>(
        _ sql: String,
        _ values: Value...,
        read: (Statement) throws -> Element
    ) throws -> [Element] {
        let statement = try statement(sql)
        try statement.bind(values)
        defer { statement.reset() }
        var rows: [Element] = []
        while try statement.step() { rows.append(try read(statement)) }
        return rows
    }

    /// Reads the first row of a query; `nil` if the query returns no row.
    package func row<Element>(
        _ sql: String,
        _ values: Value...,
        read: (Statement) throws -> Element
    ) throws -> Element? {
        let statement = try statement(sql)
        try statement.bind(values)
        defer { statement.reset() }
        return try statement.step() ? try read(statement) : nil
    }

    /// Runs several statements without parameters, and ignores their rows.
    package func execute(_ script: String) throws(SQLiteError) {
        guard sqlite3_exec(handle, script, nil, nil, nil) == SQLITE_OK else { throw SQLiteError(of: handle) }
    }

    /// How a transaction begins (SQLite, “Transaction”).
    package enum Mode: String {
        /// Takes the write lock at once, waiting for it if necessary.
        case immediate = "BEGIN IMMEDIATE"
        /// Reads one consistent snapshot.
        case deferred = "BEGIN DEFERRED"
    }

    /// Runs `body` in one transaction, which is rolled back if it throws.
    package func transaction<Result>(_ mode: Mode = .immediate, _ body: () throws -> Result) throws -> Result {
        try run(mode.rawValue)
        do {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            // SQLite itself rolls back after some errors.
            if sqlite3_get_autocommit(handle) == 0 { try? run("ROLLBACK") }
            throw error
        }
    }
}

extension SQLiteError {
    /// The error of the last call.
    init(of handle: OpaquePointer) {
        self.init(code: sqlite3_errcode(handle), message: String(cString: sqlite3_errmsg(handle)))
    }
}
