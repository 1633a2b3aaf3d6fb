import Glibc

/// A log that is read line by line.
///
/// It is opened at once, so that it stays the same file if logs are rotated before it is read.
struct LogFile {
    let file: GzipFile

    /// How much is read at once. Longer lines are cut.
    private static let bufferSize = 1 << 20

    /// - Parameter path: `-` is standard input.
    init(path: String) throws(Failure) {
        file = try GzipFile(path)
    }

    /// Reads the file and closes it.
    ///
    /// - Parameters:
    ///   - progress: called from time to time with how much of the file is read, in bytes.
    ///   - body: called with each complete line, without its line end: LF, CR LF, or CR if the file begins with such lines.
    /// - Returns: the last line of a plain file if it has no line end, since it is still being written.
    func read(progress: (Int) -> Void = { _ in }, _ body: (LogLine.Bytes) -> Void) throws(Failure) -> String? {
        defer { file.close() }
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Self.bufferSize)
        defer { buffer.deallocate() }
        guard let base = buffer.baseAddress else { return nil }

        var end = try fill(buffer, from: 0)
        let beginning = UnsafeBufferPointer(start: base, count: end)
        try file.refuseForeign(beginning, for: "import-log")
        let lineEnd = Self.lineEnd(beginning)
        // The byte order mark of UTF-8.
        var start = beginning.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var filled = 0
        var isTooLong = false
        while end > filled {
            let bytes = UnsafeBufferPointer(start: base, count: end)
            while let newline = bytes.firstIndex(of: lineEnd, from: start) {
                if !isTooLong { body(bytes[start, newline].withoutCarriageReturn) }
                isTooLong = false
                start = newline + 1
            }
            if start == 0, end == buffer.count {
                if !isTooLong { body(bytes) }
                isTooLong = true
                start = end
            }
            memmove(base, base + start, end - start)
            filled = end - start
            start = 0
            progress(file.offset)
            end = try fill(buffer, from: filled)
        }
        guard filled > 0, !isTooLong else { return nil }
        let rest = UnsafeBufferPointer(start: base, count: filled)
        guard file.isCompressed || !file.mayGrow else { return String(decoding: rest, as: UTF8.self) }
        body(rest.withoutCarriageReturn)
        return nil
    }

    /// Reads until the buffer is full or the file ends.
    ///
    /// - Returns: where the bytes in the buffer end.
    private func fill(_ buffer: UnsafeMutableBufferPointer<UInt8>, from filled: Int) throws(Failure) -> Int {
        filled + (try file.read(into: UnsafeMutableBufferPointer(rebasing: buffer[filled...])))
    }

    private static func lineEnd(_ beginning: LogLine.Bytes) -> UInt8 {
        let (lineFeed, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
        guard beginning.firstIndex(of: lineFeed, from: 0) == nil,
            beginning.firstIndex(of: carriageReturn, from: 0) != nil
        else { return lineFeed }
        return carriageReturn
    }
}

extension LogLine.Bytes {
    fileprivate var withoutCarriageReturn: Self { last == UInt8(ascii: "\r") ? self[0, count - 1] : self }
}
