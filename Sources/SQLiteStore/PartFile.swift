import Foundation

/// A file that is made beside its place, and gets its name when it is whole: there is never half of it under that name.
package struct PartFile {
    package let path: String
    package let descriptor: CInt
    private let name: String

    /// - Throws: what the system says.
    package init(_ name: String, mode: mode_t) throws(Errno) {
        self.name = name
        Self.removeLeftovers(of: name)
        // Beside it, so that it can be renamed, and of one process alone.
        path = "\(name).\(getpid()).part"
        descriptor = Glibc.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw Errno() }
        Interruption.remove(path)
    }

    /// What killed processes have left: parts whose process there is no more, or is this one, which in a container has the
    /// number of the one before.
    private static func removeLeftovers(of name: String) {
        let place = directory(ofFile: name)
        let prefix = (name as NSString).lastPathComponent + "."
        for file in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
        where file.hasPrefix(prefix) && file.hasSuffix(".part") {
            guard let process = pid_t(file.dropFirst(prefix.count).dropLast(".part".count)), process > 0,
                process == getpid() || kill(process, 0) != 0 && errno == ESRCH
            else { continue }
            unlink("\(place)/\(file)")
        }
    }

    /// Brings it to the disk and gives it its name; the file is closed then.
    ///
    /// - Parameter mayReplace: otherwise nothing is replaced, not even what has come meanwhile.
    package func finish(mayReplace: Bool) throws(Errno) {
        guard fsync(descriptor) == 0 else { throw Errno() }
        if mayReplace {
            guard rename(path, name) == 0 else { throw Errno() }
        } else if link(path, name) == 0 {
            unlink(path)
        } else {
            // A file system without links, like FAT (link(2)): the name is taken first.
            guard [EPERM, EOPNOTSUPP].contains(errno) else { throw Errno() }
            let place = Glibc.open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
            guard place >= 0 else { throw Errno() }
            Glibc.close(place)
            guard rename(path, name) == 0 else {
                let error = Errno()
                unlink(name)
                throw error
            }
        }
        try syncDirectory()
        Glibc.close(descriptor)
    }

    /// Removes it.
    package func discard() {
        Glibc.close(descriptor)
        unlink(path)
    }

    /// A name is on disk once its directory is (fsync(2)). Not every file system, nor every directory, allows to ask for it.
    private func syncDirectory() throws(Errno) {
        let descriptor = Glibc.open(directory(ofFile: name), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 || ![EIO, ENOSPC, EDQUOT].contains(errno) else { throw Errno() }
    }

    /// What the system says of the last call.
    package struct Errno: Error, CustomStringConvertible {
        package let code = Glibc.errno
        package var description: String { String(cString: strerror(code)) }
    }
}

/// Removes a file when the process is told to end before it is done (signal-safety(7): unlink and raise are safe).
private enum Interruption {
    private nonisolated(unsafe) static var path: UnsafeMutablePointer<CChar>?

    static func remove(_ path: String) {
        self.path = strdup(path)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { signal in
            if let path = Interruption.path { unlink(path) }
            raise(signal)
        }
        action.sa_flags = CInt(bitPattern: UInt32(SA_RESETHAND))
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            var before = sigaction()
            // Whoever ignores one, as nohup(1) does, is to go on.
            guard sigaction(signal, nil, &before) == 0, before.isDefault else { continue }
            sigaction(signal, &action, nil)
        }
    }
}

extension sigaction {
    fileprivate var isDefault: Bool { unsafeBitCast(__sigaction_handler.sa_handler, to: Int.self) == 0 }
}
