import CCommand
import Glibc

/// A log, plain or compressed by gzip, read line by line. zlib detects which (zlib.h, `gzread`).
///
/// It is opened at once, so that it stays the same file if logs are rotated before it is read.
struct LogFile {
    let path: String
    /// On disk, in bytes.
    let size: Int
    private let file: gzFile

    /// How much is read at once. Longer lines are skipped.
    private static let bufferSize = 1 << 20

    init(path: String) throws(Failure) {
        guard let file = gzopen(path, "rb") else { throw .ofSystem(path, EX_NOINPUT) }
        gzbuffer(file, 1 << 18)
        var status = stat()
        size = stat(path, &status) == 0 ? Int(status.st_size) : 0
        self.path = path
        self.file = file
    }

    /// Reads the file and closes it.
    ///
    /// - Parameters:
    ///   - progress: called from time to time with how much of the file is read, in bytes.
    ///   - body: called with each complete line. In a plain file, a last line without a line feed is still being written.
    func read(progress: (Int) -> Void = { _ in }, _ body: (LogLine.Bytes) -> Void) throws(Failure) {
        defer { gzclose(file) }
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Self.bufferSize)
        defer { buffer.deallocate() }
        guard let base = buffer.baseAddress else { return }
        var filled = 0
        var isTooLong = false
        while true {
            let count = gzread(file, base + filled, UInt32(buffer.count - filled))
            guard count > 0 else { break }
            let end = filled + Int(count)
            let bytes = UnsafeBufferPointer(start: base, count: end)
            var start = 0
            while let newline = bytes.firstIndex(of: UInt8(ascii: "\n"), from: start) {
                if !isTooLong { body(bytes[start, newline]) }
                isTooLong = false
                start = newline + 1
            }
            if start == 0, end == buffer.count {
                isTooLong = true
                start = end
            }
            memmove(base, base + start, end - start)
            filled = end - start
            progress(Int(gzoffset(file)))
        }
        var code: CInt = Z_OK
        let message = gzerror(file, &code).map { String(cString: $0) } ?? ""
        guard code == Z_OK || code == Z_STREAM_END else {
            let reason = code == Z_BUF_ERROR ? "\(path): the compressed file is cut short" : message
            throw Failure("\(reason); nothing was changed", EX_DATAERR)
        }
        if gzdirect(file) == 0, filled > 0, !isTooLong {
            body(UnsafeBufferPointer(start: base, count: filled))
        }
    }
}
