import Glibc
import SQLite

/// Why a file can't be used. It was not changed.
package enum OpenError: Error, Equatable, CustomStringConvertible {
    /// Another program's database, or not a database.
    case foreign
    /// Created before the first release, with other tables.
    case unreleased
    /// Created by a newer version.
    case newer
    /// Damaged, with SQLite's finding.
    case corrupt(String)
    /// Can't be opened or created, with the reason. Trying again won't help.
    case unusable(String)
    /// Can't be written, because its file system is mounted read-only.
    case readOnly
    /// Can't be opened or created now, because the disk is full or fails, with the reason.
    case diskFailed(String)
    /// Can't be opened or created now, with the reason: another process holds a lock, or a resource is used up.
    case unavailable(String)

    package var description: String {
        switch self {
        case .foreign: "is not a Headcount database and was not changed; name another file"
        case .unreleased:
            "was created by a version before Headcount's first release and was not changed; "
                + "export its numbers with that version's `headcount export`, and name another file"
        case .newer: "was created by a newer version of Headcount and was not changed; install that version"
        case .corrupt(let finding): "is damaged (\(finding)) and was not changed; restore a backup"
        case .unusable(let reason): "can't be opened (\(reason)); check its directory, owner and permissions"
        case .readOnly:
            "is on a read-only file system; remount it for writing, "
                + "or allow its directory by ReadWritePaths= in the systemd unit"
        case .diskFailed(let reason): "can't be opened now (\(reason)); try again once its disk has room and works"
        case .unavailable(let reason): "can't be opened now (\(reason)); try again"
        }
    }

    /// The exit status, from sysexits(3).
    package var status: CInt {
        switch self {
        case .foreign, .unreleased, .newer, .corrupt: EX_DATAERR
        case .unusable, .readOnly: EX_CANTCREAT
        case .diskFailed: EX_IOERR
        case .unavailable: EX_TEMPFAIL
        }
    }

    init(_ error: SQLiteError, _ path: String) {
        switch error.code {
        case SQLiteError.corrupt: self = .corrupt(error.message)
        case SQLiteError.notADatabase: self = .foreign
        case SQLiteError.ioError, SQLiteError.full: self = .diskFailed(error.message)
        case SQLiteError.busy, SQLiteError.locked, SQLiteError.noMemory: self = .unavailable(error.message)
        // In a writable directory the cause is a full disk, or a lack of descriptors.
        case SQLiteError.cantOpen where access(directory(ofFile: path), W_OK) == 0: self = .diskFailed(error.message)
        default: self = .unusable(error.message)
        }
    }

    /// The error of a failed system call.
    init(errno code: CInt) {
        let message = String(cString: strerror(code))
        self =
            switch code {
            case ENOSPC, EDQUOT, EIO: .diskFailed(message)
            case EMFILE, ENFILE, ENOMEM: .unavailable(message)
            default: .unusable(message)
            }
    }
}
