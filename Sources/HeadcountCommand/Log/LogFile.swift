import CCommand
import Glibc
import Headcount

/// A log on disk, plain or compressed by gzip, read line by line. zlib tells the two apart (zlib.h, `gzread`).
///
/// It is opened once, so that it stays the same file when the log is rotated meanwhile.
final class LogFile {
    let path: String
    /// In bytes, as it lies on disk.
    let size: Int
    /// The time of its first line that can be read; `nil` for a file that has none.
    let begin: Instant?
    private let descriptor: CInt

    /// As much as is read at once; a line that is longer is none of a log.
    private static let bufferSize = 1 << 20

    init(path: String) throws(Failure) {
        // Without O_NONBLOCK, a FIFO would wait for somebody who writes to it (open(2)), only to be refused.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw .ofSystem(path, EX_NOINPUT) }
        do throws(Failure) {
            size = try Self.size(descriptor, path)
            var first: Instant?
            try Self.read(descriptor, path) { line, _ in
                first = LogLine(line)?.time
                return first == nil
            }
            begin = first
        } catch {
            close(descriptor)
            throw error
        }
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// - Throws: for anything but a regular file, since others can be read once only, and logs are read more often.
    private static func size(_ descriptor: CInt, _ path: String) throws(Failure) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .ofSystem(path, EX_NOINPUT) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Failure("\(path): it is not a regular file; logs are read more than once", EX_NOINPUT)
        }
        return Int(status.st_size)
    }

    /// - Parameter body: is given each line that is whole, and how far the file is read, in bytes; says whether to go on.
    ///   A last line without an end is still being written, unless the file is compressed.
    func read(_ body: (LogLine.Bytes, Int) -> Bool) throws(Failure) {
        try Self.read(descriptor, path, body)
        guard try Self.size(descriptor, path) >= size else {
            throw Failure("\(path): it was cut short while it was read; nothing was changed; try again", EX_TEMPFAIL)
        }
    }

    private static func read(
        _ descriptor: CInt,
        _ path: String,
        _ body: (LogLine.Bytes, Int) -> Bool
    ) throws(Failure) {
        guard lseek(descriptor, 0, SEEK_SET) == 0, let file = gzdopen(dup(descriptor), "rb") else {
            throw .ofSystem(path, EX_NOINPUT)
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
        if gzdirect(file) == 0, filled > 0, !isTooLong {
            _ = body(UnsafeBufferPointer(start: base, count: filled), Int(gzoffset(file)))
        }
    }
}

extension LogFile {
    /// Logs in the order of their first lines, and the longer of two that begin in the same second first, so that one that
    /// has all lines of another is read before that.
    static func inOrder(_ logs: [LogFile]) throws(Failure) -> [LogFile] {
        var ordered: [LogFile] = []
        for (_, alike) in Dictionary(grouping: logs, by: \.begin).sorted(by: { isBefore($0.key, $1.key) }) {
            guard alike.count > 1, alike[0].begin != nil else {
                ordered += alike
                continue
            }
            var lengths: [(log: LogFile, bytes: Int)] = []
            for log in alike { lengths.append((log, try log.length())) }
            ordered += lengths.sorted { $0.bytes > $1.bytes }.map(\.log)
        }
        return ordered
    }

    private static func isBefore(_ left: Instant?, _ right: Instant?) -> Bool {
        guard let left else { return false }
        guard let right else { return true }
        return left < right
    }

    /// Of its whole lines, in bytes.
    private func length() throws(Failure) -> Int {
        var length = 0
        try read { line, _ in
            length += line.count + 1
            return true
        }
        return length
    }
}
