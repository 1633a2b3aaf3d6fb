import Foundation
import Headcount

/// The name of a file that a command makes: nothing has it, or a regular file that may be replaced.
struct Destination {
    /// Without symbolic links, so that the file that they lead to is replaced, and not one of them.
    let path: String

    /// - Parameter database: the file in use, which nothing may replace.
    init(_ path: String, mayReplace: Bool, database: String?) throws(Failure) {
        func refuse(_ reason: String) -> Failure { Failure("\(path): \(reason)", EX_CANTCREAT) }
        var there = stat()
        guard lstat(path, &there) == 0 else {
            self.path = path
            return
        }
        guard mayReplace else { throw refuse("it is there already; name another file, or pass --overwrite") }
        guard stat(path, &there) == 0, let target = realpath(path, nil) else {
            throw refuse(String(cString: strerror(errno)))
        }
        defer { free(target) }
        guard there.st_mode & S_IFMT == S_IFREG else {
            throw refuse("it is no regular file, and is left as it is")
        }
        for suffix in ["", "-wal", "-shm"] {
            var live = stat()
            guard let database, stat(database + suffix, &live) == 0 else { continue }
            guard (live.st_dev, live.st_ino) != (there.st_dev, there.st_ino) else {
                throw refuse("it is the database itself, and is left as it is")
            }
        }
        self.path = String(cString: target)
    }
}
