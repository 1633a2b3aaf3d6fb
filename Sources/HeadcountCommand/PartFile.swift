import Glibc
import SQLiteStore

/// A file that is written under a temporary name, and renamed when it is complete and on disk.
///
/// A process that is killed leaves `NAME.PID.part` behind.
struct PartFile {
    let path: String
    let descriptor: CInt
    private let name: String

    init(_ name: String, mode: mode_t) throws(Errno) {
        self.name = name
        path = "\(name).\(getpid()).part"
        // A file from an earlier process with the same id must not be written to.
        unlink(path)
        descriptor = Glibc.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw Errno() }
    }

    /// Flushes the file to disk, renames it, which replaces a file of that name, and closes it.
    func finish() throws(Errno) {
        guard fsync(descriptor) == 0, rename(path, name) == 0 else { throw Errno() }
        Glibc.close(descriptor)
        // The new name is on disk once its directory is (fsync(2)).
        let directory = Glibc.open(directory(ofFile: name), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        fsync(directory)
        Glibc.close(directory)
    }

    /// Closes the file and removes it.
    func discard() {
        Glibc.close(descriptor)
        unlink(path)
    }

    /// The error of the last system call.
    struct Errno: Error, CustomStringConvertible {
        let description = String(cString: strerror(errno))
    }
}
