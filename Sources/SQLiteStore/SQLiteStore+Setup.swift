import Foundation
import GRDB
import Headcount

/// Why a file can't be used. Nothing was written to it.
package enum OpenError: Error, Equatable, CustomStringConvertible {
    /// Not a database of Headcount's: another program's, or no database at all.
    case foreign
    /// Made by a later version.
    case newer
    /// Damaged, with what SQLite found.
    case corrupt(String)
    /// It could not be opened or made, with what the system said, and trying again would not help.
    case unusable(String)
    /// It could not be opened or made for now: a disk that is full or fails, another process in the way.
    case unavailable(String)

    package var description: String {
        switch self {
        case .foreign: "is not a Headcount database and was left as it is; name another file"
        case .newer: "was made by a newer version of Headcount and was left as it is; install that version"
        case .corrupt(let finding): "is damaged (\(finding)) and was left as it is; restore a backup"
        case .unusable(let reason): "can't be opened (\(reason)); check its directory, owner and permissions"
        case .unavailable(let reason): "can't be opened now (\(reason)); try again once its disk has room and works"
        }
    }
}

extension SQLiteStore {
    /// Marks a file as Headcount's (SQLite, “Database File Format” §1.3.14, Application ID): “HdCt”.
    static let applicationID: UInt32 = 0x4864_4374

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 counters, days, visitors, salts") { db in
            // `day` is the number of the UTC day since 1970-01-01; the site as a whole is the page ''.
            try db.execute(
                sql: """
                    CREATE TABLE counter (
                        page TEXT NOT NULL PRIMARY KEY,
                        count INTEGER NOT NULL,
                        uniq INTEGER NOT NULL
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE daily (
                        day INTEGER NOT NULL,
                        page TEXT NOT NULL,
                        count INTEGER NOT NULL,
                        uniq INTEGER NOT NULL,
                        PRIMARY KEY (day, page)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE visitor (
                        day INTEGER NOT NULL,
                        id BLOB NOT NULL,
                        PRIMARY KEY (day, id)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE salt (
                        day INTEGER NOT NULL PRIMARY KEY,
                        salt BLOB NOT NULL
                    ) STRICT;
                    INSERT INTO counter (page, count, uniq) VALUES ('', 0, 0);
                    """
            )
        }
        migrator.registerMigration("2 receipts of imports") { db in
            try db.execute(
                sql: """
                    CREATE TABLE receipt (
                        name TEXT NOT NULL PRIMARY KEY,
                        value TEXT NOT NULL
                    ) STRICT, WITHOUT ROWID;
                    """
            )
        }
        migrator.registerMigration("3 answers of the last batches") { db in
            try db.execute(
                sql: """
                    CREATE TABLE answer (
                        process INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
                        day INTEGER NOT NULL,
                        batches INTEGER NOT NULL,
                        tallies BLOB NOT NULL
                    ) STRICT;
                    """
            )
        }
        return migrator
    }

    /// Looks at what is there without writing, then opens, marks and migrates it.
    static func setUp(
        path: String,
        use: Use,
        configuration: GRDB.Configuration
    ) throws(OpenError) -> DatabaseQueue {
        try failingAsOpenError(path) {
            if use != .service, let queue = try openReady(path, use, configuration) { return queue }
            // Two responders that start at once on no file take turns here: SQLite does not let them change the
            // journal mode side by side.
            let turn = try DirectoryLock(ofFile: path, waiting: use.turnTimeout)
            defer { turn.release() }

            let isNew = try !exists(path)
            if isNew {
                guard use != .reading else { throw OpenError.unusable("there is none") }
                try makeFile(path)
            } else {
                try inspect(path, use)
            }
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            if use == .reading { return queue }
            try queue.writeWithoutTransaction { db in
                // The mark goes into the file itself, not only its log: the next start reads it there.
                if isNew { try db.execute(sql: "PRAGMA application_id = \(applicationID)") }
                let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
                guard mode == "wal" else { throw OpenError.unusable("its file system has no write-ahead logging") }
            }
            try migrator.migrate(queue)
            return queue
        }
    }

    /// Opens a file to look at it and nothing else.
    ///
    /// - Returns: also how it was, if nobody had it open and it is read without a log.
    static func examine(
        _ path: String,
        besideOthers: Bool,
        _ configuration: GRDB.Configuration
    ) throws(OpenError) -> (DatabaseQueue, Untouched?) {
        try failingAsOpenError(path) {
            guard try Header(path)?.applicationID == applicationID else { throw OpenError.foreign }
            let open = { (path: String) in
                let queue = try DatabaseQueue(path: path, configuration: configuration)
                if try queue.read(migrator.hasBeenSuperseded) { throw OpenError.newer }
                return queue
            }
            if !besideOthers, let untouched = Untouched(path), let queue = try untouched.look(open) {
                return (queue, untouched)
            }
            return (try open(path), nil)
        }
    }

    private static func failingAsOpenError<Value>(
        _ path: String,
        _ body: () throws -> Value
    ) throws(OpenError) -> Value {
        do {
            return try body()
        } catch let error as OpenError {
            throw error
        } catch let error as DatabaseError {
            throw OpenError(error, path)
        } catch {
            throw .unusable("\(error)")
        }
    }

    /// Whether the next start of a service has something to do first.
    package func awaitsMigration() throws(StoreError) -> Bool {
        try failingAsStoreError { try !queue.read(Self.migrator.hasCompletedMigrations) }
    }

    /// Opens a file that is all set up, without taking turns.
    ///
    /// - Returns: `nil` when there is something to do first. A file that somebody is just making is not touched.
    private static func openReady(
        _ path: String,
        _ use: Use,
        _ configuration: GRDB.Configuration
    ) throws -> DatabaseQueue? {
        guard try exists(path), try Header(path)?.isInWALMode == true, try inspect(path, use) else { return nil }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// - Returns: the path itself where there is no file yet.
    static func resolved(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// An empty file counts as none: `touch` makes one, and so does a crash at the first start.
    private static func exists(_ path: String) throws -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw OpenError(errno: errno) }
            return false
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw OpenError.unusable("it is not a regular file") }
        return status.st_size > 0
    }

    /// Nobody else may read it: with today's salt, a guess at a visitor could be tested. SQLite gives the files beside it
    /// the same mode.
    private static func makeFile(_ path: String) throws {
        let file = Glibc.open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw OpenError(errno: errno) }
        Glibc.close(file)
    }

    /// - Returns: whether the file is of this version, and not of an earlier one.
    @discardableResult
    private static func inspect(_ path: String, _ use: Use) throws -> Bool {
        guard try Header(path)?.applicationID == applicationID else { throw OpenError.foreign }

        var readOnly = GRDB.Configuration()
        readOnly.readonly = true
        readOnly.busyMode = .timeout(use.busyTimeout)
        let look = { (place: String) in
            let queue = try DatabaseQueue(path: place, configuration: readOnly)
            defer { try? queue.close() }
            return try check(queue, use, fileSize: size(path))
        }
        // A reader that may not write would leave an empty log behind.
        return try Untouched(path)?.look(look) ?? look(path)
    }

    private static func check(_ queue: DatabaseQueue, _ use: Use, fileSize: Int) throws -> Bool {
        try queue.read { db in
            // From this read on, what another process is just making stays out of sight: GRDB looks more than once.
            _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master")
            if try migrator.hasBeenSuperseded(db) { throw OpenError.newer }
            for check in checks(for: use, fileSize: fileSize) {
                guard let finding = try String.fetchOne(db, sql: check), finding != "ok" else { continue }
                throw OpenError.corrupt(finding.replacing("\n", with: " "))
            }
            return try migrator.hasCompletedMigrations(db)
        }
    }

    private static func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// The whole file while that takes no time, some 3 ms a megabyte; once it is large, what is left of that.
    private static func checks(for use: Use, fileSize: Int) -> [String] {
        switch use {
        case .oneVisit where fileSize > 1 << 20: []
        case .examination: []
        case .service where fileSize > 64 << 20, .reading where fileSize > 64 << 20:
            ["counter", "daily", "salt"].map { "PRAGMA quick_check(\($0))" }
        case .oneVisit, .reading, .service: ["PRAGMA quick_check(1)"]
        }
    }
}

/// What the first bytes of a database say, read without SQLite, since opening another program's could already make files
/// beside it (SQLite, “Database File Format” §1.3).
private struct Header {
    let applicationID: UInt32
    let isInWALMode: Bool

    /// - Returns: `nil` when it is no database.
    init?(_ path: String) throws {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw OpenError(errno: errno) }
        defer { Glibc.close(file) }
        var header = [UInt8](repeating: 0, count: 100)
        guard pread(file, &header, header.count, 0) == header.count else { return nil }
        guard header.starts(with: "SQLite format 3\0".utf8) else { return nil }
        applicationID = header[68..<72].reduce(0) { $0 << 8 | UInt32($1) }
        isInWALMode = header[18] == 2 && header[19] == 2
    }
}

/// A file with no log beside it, as it was when it was first looked at. It can be read without making a log (SQLite, “URI
/// Filenames”, `immutable`).
struct Untouched {
    private let path: String
    private let state: stat

    /// - Returns: `nil` when it is in use, or needs no log.
    init?(_ path: String) {
        self.path = path
        guard (try? Header(path))?.isInWALMode == true, let state = Self.state(path) else { return nil }
        self.state = state
    }

    var isStillSo: Bool {
        guard let now = Self.state(path) else { return false }
        return (now.st_ino, now.st_size, now.st_mtim.tv_sec, now.st_mtim.tv_nsec)
            == (state.st_ino, state.st_size, state.st_mtim.tv_sec, state.st_mtim.tv_nsec)
    }

    /// - Parameter body: is given the file by the name under which SQLite makes no log.
    /// - Returns: `nil` when somebody has come to the file meanwhile, or when SQLite was built to know no such names.
    func look<Value>(_ body: (_ uri: String) throws -> Value) throws -> Value? {
        let value = Result {
            try body("file:\(path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path)?immutable=1")
        }
        if case .failure(let error as DatabaseError) = value, error.resultCode == .SQLITE_CANTOPEN { return nil }
        return isStillSo ? try value.get() : nil
    }

    private static func state(_ path: String) -> stat? {
        var log = stat()
        var file = stat()
        return stat(path + "-wal", &log) != 0 && stat(path, &file) == 0 ? file : nil
    }
}

extension OpenError {
    fileprivate init(_ error: DatabaseError, _ path: String) {
        let message = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_CORRUPT: self = .corrupt(message)
        case .SQLITE_NOTADB: self = .foreign
        case .SQLITE_IOERR, .SQLITE_FULL, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_NOMEM: self = .unavailable(message)
        // Where a file may be made, what lacks is room or descriptors.
        case .SQLITE_CANTOPEN where access(directory(ofFile: path), W_OK) == 0: self = .unavailable(message)
        default: self = .unusable(message)
        }
    }

    fileprivate init(errno code: CInt) {
        let message = String(cString: strerror(code))
        let passes = [ENOSPC, EDQUOT, EIO, EMFILE, ENFILE, ENOMEM].contains(code)
        self = passes ? .unavailable(message) : .unusable(message)
    }
}

/// A lock on the directory of a file (flock(2)), which needs no file of its own and goes with the process.
private struct DirectoryLock {
    private let descriptor: CInt

    init(ofFile path: String, waiting seconds: TimeInterval) throws(OpenError) {
        descriptor = Glibc.open(directory(ofFile: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw OpenError(errno: errno) }
        // Opening takes a few milliseconds.
        for _ in 0..<Int(seconds * 100) {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
            usleep(10_000)
        }
        Glibc.close(descriptor)
        throw .unavailable("another process holds a lock on its directory")
    }

    func release() {
        Glibc.close(descriptor)
    }
}

/// The directory that a file is in; `.` for a name alone.
package func directory(ofFile path: String) -> String {
    path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
}
