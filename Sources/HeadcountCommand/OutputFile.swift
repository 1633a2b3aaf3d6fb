import Glibc
import Headcount

/// A file that a command writes.
enum OutputFile {
    /// Checks that a file may be written at this path. Only a regular file is replaced, and never the database in use.
    static func check(_ path: String, mayReplace: Bool, database: String?) throws(Failure) {
        func refuse(_ reason: String) -> Failure { Failure("\(path): \(reason)", EX_CANTCREAT) }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard mayReplace else { throw refuse("the file exists; name another file, or pass --overwrite") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw refuse("not a regular file; it was not changed") }
        var own = stat()
        guard let database, stat(database, &own) == 0 else { return }
        guard (own.st_dev, own.st_ino) != (status.st_dev, status.st_ino) else {
            throw refuse("this is the database in use; it was not changed")
        }
    }

    /// Writes a whole file, or none.
    static func write(_ text: String, to path: String) throws(Failure) {
        let part: PartFile
        do throws(PartFile.Errno) {
            part = try PartFile(path, mode: 0o644)
        } catch {
            throw Failure("\(path): can't be created: \(error)", EX_CANTCREAT)
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
