import Foundation
import Headcount

/// The name of a file that a command makes: nothing has it, or a regular file that may be replaced.
struct Destination {
    /// Without symbolic links, so that the file that they lead to is replaced, and not one of them.
    let path: String

    /// - Parameter database: the file in use, which nothing may replace, nor anything have the names that SQLite gives.
    init(_ path: String, mayReplace: Bool, database: String?) throws(Failure) {
        func refuse(_ reason: String) -> Failure { Failure("\(path): \(reason)", EX_CANTCREAT) }
        var status = stat()
        if lstat(path, &status) == 0 {
            guard mayReplace else { throw refuse("it is there already; name another file, or pass --overwrite") }
            guard stat(path, &status) == 0 else { throw refuse(String(cString: strerror(errno))) }
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw refuse("it is no regular file, and is left as it is")
            }
        }
        self.path = Self.place(path)
        guard let database else { return }
        for suffix in ["", "-wal", "-shm", "-journal"] {
            var own = stat()
            let isSameFile =
                stat(database + suffix, &own) == 0 && stat(path, &status) == 0
                && (own.st_dev, own.st_ino) == (status.st_dev, status.st_ino)
            guard !isSameFile, self.path != Self.place(database) + suffix else {
                throw refuse("this is the database's own, and is left as it is")
            }
        }
    }

    /// The path without symbolic links, also of a file that is not there yet.
    private static func place(_ path: String) -> String {
        func real(_ path: String) -> String? {
            guard let target = realpath(path, nil) else { return nil }
            defer { free(target) }
            return String(cString: target)
        }
        if let there = real(path) { return there }
        let name = (path as NSString).lastPathComponent
        let directory = (path as NSString).deletingLastPathComponent
        return real(directory.isEmpty ? "." : directory).map { $0 == "/" ? "/\(name)" : "\($0)/\(name)" } ?? path
    }
}
