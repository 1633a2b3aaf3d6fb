import Glibc
import Headcount
import SQLite

extension SQLiteStore {
    /// Opens a file, and makes or migrates it first if it needs that.
    static func open(_ path: String, _ use: Use, by deadline: Deadline) throws(OpenError) -> Connection {
        do {
            if try !isReady(path, use) {
                guard use != .reading else {
                    throw OpenError.unusable("there is no database yet; start the service, which makes it")
                }
                try setUp(path, use, by: deadline)
            }
            let db = try Connection(path: path, busyTimeout: deadline.millisecondsLeft)
            try db.execute(
                """
                PRAGMA synchronous = FULL;
                PRAGMA wal_autocheckpoint = 4000;
                PRAGMA secure_delete = ON;
                PRAGMA trusted_schema = OFF;
                """
            )
            // The log may know of a migration that the file does not know yet.
            guard try db.row("PRAGMA user_version", read: { $0.int(0) }) == Schema.version else {
                throw OpenError.newer
            }
            return db
        } catch let error as OpenError {
            throw error
        } catch let error as SQLiteError {
            throw OpenError(error, path)
        } catch {
            throw .unusable("\(error)")
        }
    }

    /// Looks at the first bytes of a file without SQLite, since opening another program's could already make files beside
    /// it (SQLite, “Database File Format” §1.3).
    ///
    /// - Returns: `false` for a file that has yet to be made, by this process or by one that is just making it.
    /// - Throws: ``OpenError`` for a file that is not Headcount's, or of a later version.
    private static func isReady(_ path: String, _ use: Use) throws(OpenError) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw OpenError(errno: errno) }
            return false
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unusable("it is not a regular file") }
        // `touch` makes an empty one, and so does a crash at the first start.
        guard status.st_size > 0 else { return false }
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw OpenError(errno: errno) }
        defer { Glibc.close(file) }
        var header = [UInt8](repeating: 0, count: 100)
        guard pread(file, &header, header.count, 0) == header.count, header.starts(with: "SQLite format 3\0".utf8)
        else {
            throw .foreign
        }
        func number(_ offset: Int) -> Int { header[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        guard number(68) == Schema.applicationID else { throw .foreign }
        let version = number(60)
        guard version > 0 else { throw .unreleased }
        guard version <= Schema.version else { throw .newer }
        // A backup is not in that mode, and may be read as it is.
        let isInWALMode = header[18] == 2 && header[19] == 2
        return version == Schema.version && (isInWALMode || use == .reading)
    }

    /// Makes the file or migrates it. Processes that start at once take turns by a lock on the file (flock(2)).
    private static func setUp(_ path: String, _ use: Use, by deadline: Deadline) throws {
        // Nobody else may read it: with today's salt, a guess at a visitor could be tested. SQLite gives the files beside
        // it the same mode.
        let file = Glibc.open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw OpenError(errno: errno) }
        defer { Glibc.close(file) }
        while flock(file, LOCK_EX) != 0 { guard errno == EINTR else { throw OpenError(errno: errno) } }
        guard try !isReady(path, use) else { return }
        // Before the log is there, so that the mark and the version are in the file itself.
        let db = try Connection(path: path, busyTimeout: deadline.millisecondsLeft)
        defer { db.close() }
        try Schema.migrate(db)
        let mode = try db.row("PRAGMA journal_mode = WAL") { $0.text(0) }
        guard mode == "wal" else { throw OpenError.unusable("its file system has no write-ahead logging") }
    }
}

/// The directory that a file is in; `.` for a name alone.
package func directory(ofFile path: String) -> String {
    path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
}
