import CSQLite

/// The error of a failed call (SQLite, “Result and Error Codes”).
package struct SQLiteError: Error, Equatable, CustomStringConvertible {
    /// The primary result code, like ``full``.
    package let code: CInt
    package let message: String

    package init(code: CInt, message: String) {
        self.code = code & 0xFF
        self.message = message
    }

    package var description: String { "SQLite error \(code): \(message)" }

    package static let busy = SQLITE_BUSY
    package static let cantOpen = SQLITE_CANTOPEN
    package static let corrupt = SQLITE_CORRUPT
    package static let full = SQLITE_FULL
    package static let ioError = SQLITE_IOERR
    package static let locked = SQLITE_LOCKED
    package static let noMemory = SQLITE_NOMEM
    package static let notADatabase = SQLITE_NOTADB
}
