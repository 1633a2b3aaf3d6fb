import CSQLite

/// A prepared statement of a ``Connection``. Parameters are numbered from 1, columns from 0, as in SQLite.
package final class Statement {
    private let handle: OpaquePointer
    private let database: OpaquePointer

    init(_ sql: String, in connection: Connection) throws(SQLiteError) {
        var prepared: OpaquePointer?
        database = connection.handle
        let code = sqlite3_prepare_v3(database, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK else { throw SQLiteError(of: database) }
        guard let prepared else { throw SQLiteError(code: SQLITE_MISUSE, message: "no statement: \(sql)") }
        handle = prepared
    }

    func finalize() { sqlite3_finalize(handle) }

    // Parameters stay bound until they are bound again.

    package func bind(_ index: Int, _ value: Int) throws(SQLiteError) {
        try check(sqlite3_bind_int64(handle, CInt(index), Int64(value)))
    }

    package func bind(_ index: Int, _ value: String) throws(SQLiteError) {
        var value = value
        let code = value.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                bind_text_copy(handle, CInt(index), $0.baseAddress, CInt($0.count))
            }
        }
        try check(code)
    }

    package func bind(_ index: Int, _ value: UnsafeRawBufferPointer) throws(SQLiteError) {
        try check(bind_blob_copy(handle, CInt(index), value.baseAddress, CInt(value.count)))
    }

    func bind(_ values: [Value]) throws(SQLiteError) {
        for (offset, value) in values.enumerated() {
            switch value {
            case .int(let value): try bind(offset + 1, value)
            case .text(let value): try bind(offset + 1, value)
            case .blob(let value): try check(bind_blob_copy(handle, CInt(offset + 1), value, CInt(value.count)))
            }
        }
    }

    private func check(_ code: CInt) throws(SQLiteError) {
        guard code == SQLITE_OK else { throw SQLiteError(of: database) }
    }

    /// Advances to the next row.
    ///
    /// - Returns: `false` after the last row.
    package func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw SQLiteError(of: database)
        }
    }

    /// Makes the statement ready to run again, and releases its locks.
    package func reset() { sqlite3_reset(handle) }

    /// Runs the statement to completion.
    package func run() throws(SQLiteError) {
        defer { reset() }
        while try step() {}
    }

    // Columns of the current row. SQLite converts a value of another type; NULL becomes 0, "" or no bytes.

    package func int(_ column: Int) -> Int { Int(sqlite3_column_int64(handle, CInt(column))) }

    package func text(_ column: Int) -> String {
        guard let bytes = sqlite3_column_text(handle, CInt(column)) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, CInt(column)))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    package func isNull(_ column: Int) -> Bool { sqlite3_column_type(handle, CInt(column)) == SQLITE_NULL }

    /// Reads the bytes of a blob, which are valid only during `read`.
    package func withBlob<Result>(_ column: Int, _ read: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        let start = sqlite3_column_blob(handle, CInt(column))
        return try read(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, CInt(column)))))
    }
}

/// The value of a parameter.
package enum Value {
    case int(Int)
    case text(String)
    case blob([UInt8])
}
