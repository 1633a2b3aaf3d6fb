import Glibc
import Headcount
import SQLite

/// Why there is no backup. What stood at its path before still stands there.
package enum BackupError: Error, Equatable, CustomStringConvertible {
    /// The file could not be made, with what the system said.
    case unwritable(String)
    /// Writing it failed, with what the system said.
    case failed(String)
    /// The copy is damaged, with what SQLite found; so the database is.
    case damaged(String)
    /// The database could not be read now.
    case unavailable(String)

    package var description: String {
        switch self {
        case .unwritable(let reason): "can't be made (\(reason))"
        case .failed(let reason): "was not made: writing it failed (\(reason))"
        case .damaged(let finding): "was not made: the database is damaged (\(finding)); see `headcount check`"
        case .unavailable(let reason): "was not made: the database can't be read now (\(reason)); try again"
        }
    }
}

/// What a backup holds.
package struct BackupContents: Sendable, Equatable {
    package var total: Tally.Count
    package var pages: Int
}

extension SQLiteStore {
    /// Copies the numbers, while others count, and leaves the salt and the visitors behind, which SQLite's “Online Backup
    /// API” would bring into the file, if only to be erased there: what is killed then would leave them on the disk.
    ///
    /// The file is whole, checked and on disk before it gets its name. It replaces a file of that name.
    package func backUp(to path: String) throws(BackupError) -> BackupContents {
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

    private func copy(to path: String) throws(BackupError) -> BackupContents {
        do {
            let copy = try Connection(path: path)
            defer { copy.close() }
            // On its way it needs no journal: either it is finished or removed.
            try copy.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
            try copy.run("ATTACH ? AS source", .text(self.path))
            // Of one moment: a transaction's first look at a file decides on what it sees of it.
            try copy.transaction(.deferred) { try copy.copyNumbers() }
            try copy.execute("DETACH source")
            try copy.execute("PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = \(Schema.version)")
            try copy.requireSoundness(of: "main")
            return BackupContents(total: try copy.count(of: nil) ?? .zero, pages: try copy.pageCount())
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
    /// Copies all tables from the database that is attached, but no salt and no visitors: they are never in the file.
    fileprivate func copyNumbers() throws {
        try requireSoundness(of: "source")
        let tables = try rows(
            "SELECT name, sql FROM source.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ) { ($0.text(0), $0.text(1)) }
        for (name, sql) in tables {
            try execute(sql)
            guard !["salt", "visitor", "last_batch"].contains(name) else { continue }
            try execute("INSERT INTO main.\(name) SELECT * FROM source.\(name)")
        }
    }

    fileprivate func requireSoundness(of schema: String) throws {
        if let finding = try row("PRAGMA \(schema).integrity_check(1)", read: { $0.text(0) }), finding != "ok" {
            throw BackupError.damaged(finding)
        }
    }
}
