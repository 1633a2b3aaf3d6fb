import CCommand
import Glibc

/// A file, plain or compressed by gzip, which zlib detects (zlib.h, `gzread`). `-` is standard input.
struct GzipFile {
    let path: String
    /// On disk, in bytes; 0 for a pipe.
    let size: Int
    /// Whether its last line may still be being written. Standard input and pipes are complete at their end.
    let mayGrow: Bool
    private let file: gzFile

    init(_ path: String) throws(Failure) {
        let descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0, let file = gzdopen(descriptor, "rb") else {
            throw .ofSystem(path, EX_NOINPUT)
        }
        gzbuffer(file, 1 << 18)
        self.path = path
        self.file = file
        size = Int(status.st_size)
        mayGrow = path != "-" && status.st_mode & S_IFMT == S_IFREG
    }

    /// For messages.
    var name: String { path == "-" ? "standard input" : path }

    /// Known once something was read.
    var isCompressed: Bool { gzdirect(file) == 0 }

    /// How much of the file was read, in bytes.
    var offset: Int { max(0, Int(gzoffset(file))) }

    /// - Returns: how many bytes were read; 0 at the end.
    /// - Throws: for a file that is damaged, cut short or can't be read.
    func read(into buffer: UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Int {
        let count = gzread(file, buffer.baseAddress, UInt32(buffer.count))
        if count > 0 { return Int(count) }
        let error = errno
        var code: CInt = Z_OK
        gzerror(file, &code)
        let reason: String? =
            switch code {
            case Z_OK, Z_STREAM_END: nil
            case Z_BUF_ERROR: "the compressed file is cut short"
            case Z_DATA_ERROR: "the compressed file is damaged"
            default: String(cString: strerror(error))
            }
        guard let reason else { return 0 }
        throw Failure("\(name): \(reason); nothing was changed", EX_DATAERR)
    }

    func close() {
        gzclose(file)
    }
}
