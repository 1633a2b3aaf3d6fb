import Foundation
import GRDB
import Headcount

/// Why there is no backup. What stood at its path before still stands there.
package enum BackupError: Error, Equatable, CustomStringConvertible {
    /// Something has this name, and was not to be replaced.
    case exists
    /// The file could not be written, with what the system said.
    case unwritable(String)
    /// The copy is damaged, with what SQLite found; so the database is.
    case damaged(String)
    /// The database could not be read now.
    case unavailable(String)

    package var description: String {
        switch self {
        case .exists: "is there already; name another file, or pass --overwrite"
        case .unwritable(let reason): "can't be written (\(reason))"
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
    /// Copies the numbers, while others count (SQLite, “Online Backup API”), and leaves the salt and the visitors behind.
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
            default: throw .unwritable("\(error)")
            }
        }
    }

    private func copy(to path: String) throws(BackupError) -> BackupContents {
        do {
            var configuration = GRDB.Configuration()
            // On its way it needs no journal, which could keep what is erased below: either it is finished or removed.
            configuration.prepareDatabase { db in
                try db.execute(sql: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA secure_delete = ON")
            }
            let copy = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? copy.close() }
            do {
                try queue.backup(to: copy)
            } catch let error as DatabaseError where error.resultCode != .SQLITE_FULL {
                throw BackupError.unavailable(error.message ?? "\(error.resultCode)")
            }
            return try copy.writeWithoutTransaction { db in
                // A copy of a database with a write-ahead log says that it has one, too.
                try db.execute(sql: "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF")
                try db.execute(sql: "DELETE FROM salt; DELETE FROM visitor; DELETE FROM answer; VACUUM")
                if let finding = try String.fetchOne(db, sql: "PRAGMA integrity_check(1)"), finding != "ok" {
                    throw BackupError.damaged(finding)
                }
                return BackupContents(
                    total: try db.count(of: nil) ?? .zero,
                    pages: try Int.fetchOne(db, sql: "SELECT count(*) FROM counter WHERE page <> ''") ?? 0
                )
            }
        } catch let error as BackupError {
            throw error
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            throw .damaged(error.message ?? "")
        } catch {
            throw .unwritable((error as? DatabaseError)?.message ?? "\(error)")
        }
    }
}
