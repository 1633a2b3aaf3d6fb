import Glibc
import SQLite

/// Why a file can't be used. Nothing was written to it.
package enum OpenError: Error, Equatable, CustomStringConvertible {
    /// Not a database of Headcount's: another program's, or no database at all.
    case foreign
    /// Made before the first release, with other tables.
    case unreleased
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
        case .unreleased:
            "was made by a Headcount from before its first release and was left as it is; "
                + "save its numbers with that version's `headcount export`, and name another file"
        case .newer: "was made by a newer version of Headcount and was left as it is; install that version"
        case .corrupt(let finding): "is damaged (\(finding)) and was left as it is; restore a backup"
        case .unusable(let reason): "can't be opened (\(reason)); check its directory, owner and permissions"
        case .unavailable(let reason): "can't be opened now (\(reason)); try again once its disk has room and works"
        }
    }

    /// Of sysexits(3).
    package var status: CInt {
        switch self {
        case .foreign, .unreleased, .newer, .corrupt: EX_DATAERR
        case .unusable: EX_CANTCREAT
        case .unavailable: EX_TEMPFAIL
        }
    }

    init(_ error: SQLiteError, _ path: String) {
        switch error.code {
        case SQLiteError.corrupt: self = .corrupt(error.message)
        case SQLiteError.notADatabase: self = .foreign
        case SQLiteError.ioError, SQLiteError.full, SQLiteError.busy, SQLiteError.locked, SQLiteError.noMemory:
            self = .unavailable(error.message)
        // Where a file may be made, what is missing is room or descriptors.
        case SQLiteError.cantOpen where access(directory(ofFile: path), W_OK) == 0: self = .unavailable(error.message)
        default: self = .unusable(error.message)
        }
    }

    /// From what the system said of its last call.
    init(errno code: CInt) {
        let message = String(cString: strerror(code))
        let passes = [ENOSPC, EDQUOT, EIO, EMFILE, ENFILE, ENOMEM].contains(code)
        self = passes ? .unavailable(message) : .unusable(message)
    }
}
