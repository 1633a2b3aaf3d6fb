import Glibc
import SQLiteStore

/// A file that a command makes.
enum OutputFile {
    /// Refuses to replace anything but a file of numbers: no device, no link, and not the database in use.
    static func requirePlace(_ path: String, mayReplace: Bool, database: String?) throws(Failure) {
        func refuse(_ reason: String) -> Failure { Failure("\(path): \(reason)", EX_CANTCREAT) }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard mayReplace else { throw refuse("it is there already; name another file, or pass --overwrite") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw refuse("it is not a regular file, and is left as it is") }
        var own = stat()
        guard let database, stat(database, &own) == 0 else { return }
        guard (own.st_dev, own.st_ino) != (status.st_dev, status.st_ino) else {
            throw refuse("this is the database in use, and is left as it is")
        }
    }

    /// There is never half of the text under this name.
    static func write(_ text: String, to path: String) throws(Failure) {
        let part: PartFile
        do throws(PartFile.Errno) {
            part = try PartFile(path, mode: 0o644)
        } catch {
            throw Failure("\(path): it can't be made: \(error)", EX_CANTCREAT)
        }
        do throws(PartFile.Errno) {
            guard writeAll(text, to: part.descriptor) else { throw PartFile.Errno() }
            try part.finish()
        } catch {
            part.discard()
            throw Failure("\(path): \(error)", EX_IOERR)
        }
    }
}
