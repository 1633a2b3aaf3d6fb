import CCommand
import Foundation
import Headcount

/// A log on disk, plain or compressed by gzip, read line by line. zlib tells the two apart (zlib.h, `gzread`).
struct LogFile {
    let path: String
    /// In bytes, as it lies on disk.
    let size: Int
    /// The day of its first line that can be read; `nil` for a file that has none.
    let firstDay: Day?

    /// As much as is read at once; a line that is longer is none of a log.
    private static let bufferSize = 1 << 20

    init(path: String) throws(Failure) {
        self.path = path
        var status = stat()
        guard stat(path, &status) == 0, access(path, R_OK) == 0 else {
            throw Failure("\(path): \(String(cString: strerror(errno)))", EX_NOINPUT)
        }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw Failure("\(path): it is a directory", EX_NOINPUT) }
        size = Int(status.st_size)
        var first: Day?
        try Self.read(path, mayEndEarly: true) { line, _ in
            first = LogLine(line)?.day
            return first == nil
        }
        firstDay = first
    }

    /// - Parameter body: is given each line that is whole, and how far the file is read, in bytes; says whether to go on.
    ///   A last line without an end is still being written.
    func read(_ body: (LogLine.Bytes, Int) -> Bool) throws(Failure) {
        try Self.read(path, mayEndEarly: false, body)
    }

    private static func read(
        _ path: String,
        mayEndEarly: Bool,
        _ body: (LogLine.Bytes, Int) -> Bool
    ) throws(Failure) {
        guard let file = gzopen(path, "rb") else {
            throw Failure("\(path): \(String(cString: strerror(errno)))", EX_NOINPUT)
        }
        defer { gzclose(file) }
        gzbuffer(file, 1 << 18)
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bufferSize)
        defer { buffer.deallocate() }
        guard let base = buffer.baseAddress else { return }
        var filled = 0
        var isTooLong = false
        while true {
            let count = gzread(file, base + filled, UInt32(buffer.count - filled))
            guard count > 0 else { break }
            let end = filled + Int(count)
            let bytes = UnsafeBufferPointer(start: base, count: end)
            let offset = Int(gzoffset(file))
            var start = 0
            while let newline = bytes.firstIndex(of: UInt8(ascii: "\n"), from: start) {
                if !isTooLong, !body(bytes[start, newline], offset) { return }
                isTooLong = false
                start = newline + 1
            }
            if start == 0, end == buffer.count {
                isTooLong = true
                start = end
            }
            memmove(base, base + start, end - start)
            filled = end - start
        }
        var code: CInt = Z_OK
        let message = gzerror(file, &code).map { String(cString: $0) } ?? ""
        guard code == Z_OK || code == Z_STREAM_END else {
            let reason = code == Z_BUF_ERROR ? "the compressed file is cut short" : message
            throw Failure("\(path): \(reason); nothing was changed", EX_DATAERR)
        }
    }
}
