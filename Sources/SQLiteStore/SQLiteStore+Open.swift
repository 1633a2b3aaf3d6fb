import Glibc
import Headcount
import SQLite

extension SQLiteStore {
    /// Opens a file, after creating or migrating it if necessary.
    static func open(_ path: String, _ use: Use, by deadline: Deadline) throws(OpenError) -> Connection {
        // A new file and the write-ahead log are created in the directory.
        for written in [path, directory(ofFile: path)] where access(written, W_OK) != 0 && errno == EROFS {
            throw .readOnly
        }
        do {
            if try !isReady(path, use) {
                guard use != .reading else {
                    throw OpenError.unusable(
                        "there is no database of this version yet; start the service, which creates or migrates it"
                    )
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
            // A migration may be in the write-ahead log, and not yet in the header that `isReady` read.
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

    /// Reads the header of a file without SQLite, which could already create files next to another program's database
    /// (SQLite, “Database File Format” §1.3).
    ///
    /// - Returns: `false` for a file that must be created or migrated first, even if another process is doing so now.
    /// - Throws: ``OpenError`` for a file that is not Headcount's, or that a newer version created.
    private static func isReady(_ path: String, _ use: Use) throws(OpenError) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw OpenError(errno: errno) }
            return false
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unusable("it is not a regular file") }
        // An empty file: from `touch`, or from a crash at the first start.
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
        // A backup is not in WAL mode, but can be read.
        let isInWALMode = header[18] == 2 && header[19] == 2
        return version == Schema.version && (isInWALMode || use == .reading)
    }

    /// Creates or migrates the file. A lock on it (flock(2)) serializes processes that start at the same time.
    private static func setUp(_ path: String, _ use: Use, by deadline: Deadline) throws {
        // Only the owner may read it: with today's salt, one could test whether a certain visitor came. SQLite gives
        // its other files the same mode.
        let file = Glibc.open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw OpenError(errno: errno) }
        defer { Glibc.close(file) }
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK else { throw OpenError(errno: errno) }
            guard !deadline.hasPassed else { throw OpenError.unavailable("another process is creating it") }
            usleep(10_000)
        }
        guard try !isReady(path, use) else { return }
        // Migrates before enabling WAL, so that the application ID and the version are in the file itself.
        let db = try Connection(path: path, busyTimeout: deadline.millisecondsLeft)
        defer { db.close() }
        try Schema.migrate(db)
        let mode = try db.row("PRAGMA journal_mode = WAL") { $0.text(0) }
        guard mode == "wal" else { throw OpenError.unusable("its file system does not support write-ahead logging") }
    }
}

/// The directory of a file; `.` for a path without a slash.
package func directory(ofFile path: String) -> String {
    path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
}
