import Foundation
import GRDB
import Headcount

/// Why there is no backup. What stood at its path before still stands there.
package enum BackupError: Error, Equatable, CustomStringConvertible {
    /// Something has this name, and was not to be replaced.
    case exists
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
        case .exists: "is there already; name another file, or pass --overwrite"
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
    /// The file is whole, checked and on disk before it gets its name.
    package func backUp(to path: String, mayReplace: Bool) throws(BackupError) -> BackupContents {
        guard mayReplace || access(path, F_OK) != 0 else { throw .exists }
        let part: PartFile
        do {
            part = try PartFile(path, mode: 0o600)
        } catch {
            throw .unwritable("\(error)")
        }
        do {
            let contents = try copy(to: part.path)
            try part.finish(mayReplace: mayReplace)
            return contents
        } catch {
            part.discard()
            switch error {
            case let error as BackupError: throw error
            case let error as PartFile.Errno where error.code == EEXIST: throw .exists
            default: throw .failed("\(error)")
            }
        }
    }

    private func copy(to path: String) throws(BackupError) -> BackupContents {
        do {
            var configuration = GRDB.Configuration()
            configuration.busyMode = .timeout(2)
            // On its way it needs no journal: either it is finished or removed.
            configuration.prepareDatabase { db in
                try db.execute(sql: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
            }
            let copy = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? copy.close() }
            return try copy.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA application_id = \(Self.applicationID)")
                try db.execute(sql: "ATTACH ? AS source", arguments: [queue.path])
                // Of one moment: a transaction's first look at a file decides on what it sees of it.
                try db.inTransaction(.deferred) {
                    try db.copyNumbers()
                    return .commit
                }
                try db.execute(sql: "DETACH source")
                try db.requireSoundness(of: "main")
                return BackupContents(
                    total: try db.count(of: nil) ?? .zero,
                    pages: try db.pageCount()
                )
            }
        } catch let error as BackupError {
            throw error
        } catch let error as DatabaseError {
            let reason = error.message ?? "\(error.resultCode)"
            switch error.resultCode {
            case .SQLITE_CORRUPT: throw .damaged(reason)
            case .SQLITE_BUSY, .SQLITE_LOCKED: throw .unavailable(reason)
            default: throw .failed(reason)
            }
        } catch {
            throw .failed("\(error)")
        }
    }
}

extension Database {
    /// Copies all tables from the database that is attached, but nothing about visitors: not for a moment is it there.
    fileprivate func copyNumbers() throws {
        try requireSoundness(of: "source")
        let tables = try Row.fetchAll(
            self,
            sql: "SELECT name, sql FROM source.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        for table in tables {
            let name: String = table[0]
            try execute(sql: table[1])
            guard !["salt", "visitor", "answer"].contains(name) else { continue }
            let quoted = name.quotedDatabaseIdentifier
            try execute(sql: "INSERT INTO main.\(quoted) SELECT * FROM source.\(quoted)")
        }
    }

    fileprivate func requireSoundness(of schema: String) throws {
        if let finding = try String.fetchOne(self, sql: "PRAGMA \(schema).integrity_check(1)"), finding != "ok" {
            throw BackupError.damaged(finding)
        }
    }
}
