import Glibc
import Headcount
import SQLite
import SQLiteStore

/// Why no backup was made. A file that was at its path before is unchanged.
package enum BackupError: Error, Equatable, CustomStringConvertible {
    /// The file could not be created.
    case unwritable(String)
    /// Writing it failed.
    case failed(String)
    /// SQLite found damage in the copy, so the database is damaged.
    case damaged(String)
    /// The database can't be read at the moment.
    case unavailable(String)

    package var description: String {
        switch self {
        case .unwritable(let reason): "can't be created (\(reason))"
        case .failed(let reason): "was not made: writing it failed (\(reason))"
        case .damaged(let fault): "was not made: the database is damaged (\(fault)); see `headcount check`"
        case .unavailable(let reason): "was not made: the database can't be read now (\(reason)); try again"
        }
    }

    /// The exit status, of sysexits(3).
    var status: CInt {
        switch self {
        case .unwritable: EX_CANTCREAT
        case .failed: EX_IOERR
        case .damaged: EX_DATAERR
        case .unavailable: EX_TEMPFAIL
        }
    }
}

extension SQLiteStore {
    /// Copies the numbers while the service counts, without the salt and the visitors. SQLite's “Online Backup API” would
    /// copy those too, and a process that is killed before it erases them would leave them on disk.
    ///
    /// The file is complete, checked and on disk before it gets its name. It replaces a file of that name.
    ///
    /// - Returns: what the backup holds.
    package func backUp(to path: String) throws(BackupError) -> (total: Tally.Count, pages: Int) {
        let part: PartFile
        do {
            part = try PartFile(path, mode: 0o600)
        } catch {
            throw .unwritable("\(error)")
        }
        do {
            let contents = try copy(to: part.path)
            try part.finish()
            return contents
        } catch {
            part.discard()
            throw error as? BackupError ?? .failed("\(error)")
        }
    }

    private func copy(to path: String) throws(BackupError) -> (total: Tally.Count, pages: Int) {
        do {
            let copy = try Connection(path: path)
            defer { copy.close() }
            // The copy needs no journal: it is either finished or removed.
            try copy.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
            try copy.run("ATTACH ? AS source", .text(self.path))
            // One transaction reads all tables at one moment.
            try copy.transaction(.deferred) { try copy.copyNumbers() }
            try copy.execute("DETACH source")
            try copy.execute("PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = \(Schema.version)")
            try copy.checkIntegrity(of: "main")
            return (try copy.count(of: nil) ?? .zero, try copy.pageCount())
        } catch let error as BackupError {
            throw error
        } catch let error as SQLiteError {
            switch error.code {
            case SQLiteError.corrupt: throw .damaged(error.message)
            case SQLiteError.busy, SQLiteError.locked: throw .unavailable(error.message)
            default: throw .failed(error.message)
            }
        } catch {
            throw .failed("\(error)")
        }
    }
}

extension Connection {
    /// Copies all tables from the attached database, then their triggers. Tables about visitors and requests stay empty.
    fileprivate func copyNumbers() throws {
        try checkIntegrity(of: "source")
        let tables = try rows(
            "SELECT name, sql FROM source.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ) { ($0.text(0), $0.text(1)) }
        for (name, sql) in tables {
            try execute(sql)
            guard !["salt", "visitor", "last_batch"].contains(name) else { continue }
            try execute("INSERT INTO main.\(name) SELECT * FROM source.\(name)")
        }
        for trigger in try rows("SELECT sql FROM source.sqlite_schema WHERE type = 'trigger'", read: { $0.text(0) }) {
            try execute(trigger)
        }
    }

    fileprivate func checkIntegrity(of schema: String) throws {
        if let fault = try row("PRAGMA \(schema).integrity_check(1)", read: { $0.text(0) }), fault != "ok" {
            throw BackupError.damaged(fault)
        }
    }
}
