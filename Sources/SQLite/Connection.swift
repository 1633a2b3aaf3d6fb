import CSQLite

/// An open database. It belongs to one thread at a time.
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

    /// Opens a database that may be read and written.
    ///
    /// - Parameter busyTimeout: how long a statement waits for another process's lock, in milliseconds.
    /// - Throws: ``SQLiteError``, such as ``SQLiteError/cantOpen``. A file that is no database is found out by the first
    ///   statement.
    package init(path: String, busyTimeout: Int = 2000) throws(SQLiteError) {
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let opened else {
            let error = opened.map(SQLiteError.init(of:)) ?? SQLiteError(code: SQLITE_NOMEM, message: "out of memory")
            sqlite3_close_v2(opened)
            throw error
        }
        handle = opened
        // SQLite opens a file that may not be written for reading alone.
        guard sqlite3_db_readonly(handle, "main") == 0 else {
            sqlite3_close_v2(handle)
            throw SQLiteError(code: SQLITE_READONLY, message: "it may not be written")
        }
        setBusyTimeout(busyTimeout)
    }

    deinit { close() }

    /// Finalizes all statements and closes the file; the last connection writes the log back into it. No other call may
    /// follow.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        for statement in prepared.values { statement.finalize() }
        prepared = [:]
        sqlite3_close_v2(handle)
    }

    /// How long a statement waits for another process's lock, in milliseconds; 0 for not at all.
    package func setBusyTimeout(_ milliseconds: Int) {
        sqlite3_busy_timeout(handle, CInt(milliseconds))
    }

    /// The number of rows that the last `INSERT`, `UPDATE` or `DELETE` has changed.
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

    /// Reads the first row of a query; `nil` without one.
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

    /// Runs several statements that have no parameters and whose rows are of no interest.
    package func execute(_ script: String) throws(SQLiteError) {
        guard sqlite3_exec(handle, script, nil, nil, nil) == SQLITE_OK else { throw SQLiteError(of: handle) }
    }

    /// How a transaction begins (SQLite, “Transaction”).
    package enum Mode: String {
        /// Takes the lock for writing at once, and waits for it.
        case immediate = "BEGIN IMMEDIATE"
        /// For reading several things of one moment.
        case deferred = "BEGIN DEFERRED"
    }

    /// Does `body` in one transaction, which is rolled back when it throws.
    package func transaction<Result>(_ mode: Mode = .immediate, _ body: () throws -> Result) throws -> Result {
        try run(mode.rawValue)
        do {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            // After some errors SQLite has rolled back by itself.
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
