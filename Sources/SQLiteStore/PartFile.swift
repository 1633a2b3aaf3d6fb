import Glibc

/// A file that is written under another name, and gets its own when it is complete and on disk.
///
/// A process that is killed leaves `NAME.PID.part` behind.
package struct PartFile {
    package let path: String
    package let descriptor: CInt
    private let name: String

    /// - Throws: what the system says.
    package init(_ name: String, mode: mode_t) throws(Errno) {
        self.name = name
        path = "\(name).\(getpid()).part"
        // What a process of the same number has left, or somebody has put there, is not written to.
        unlink(path)
        descriptor = Glibc.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw Errno() }
    }

    /// Brings it to the disk, gives it its name, which replaces a file of that name, and closes it.
    package func finish() throws(Errno) {
        guard fsync(descriptor) == 0, rename(path, name) == 0 else { throw Errno() }
        Glibc.close(descriptor)
        // The name is on disk once its directory is (fsync(2)).
        let directory = Glibc.open(directory(ofFile: name), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        fsync(directory)
        Glibc.close(directory)
    }

    /// Removes it.
    package func discard() {
        Glibc.close(descriptor)
        unlink(path)
    }

    /// What the system said of the last call.
    package struct Errno: Error, CustomStringConvertible {
        package let description = String(cString: strerror(errno))
        package init() {}
    }
}
