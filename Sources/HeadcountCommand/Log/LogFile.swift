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
        if let kind = ForeignFile(beginning) { throw refusal(kind) }
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
        guard file.isCompressed || !file.isRegular else { return String(decoding: rest, as: UTF8.self) }
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

    private func refusal(_ kind: ForeignFile) -> Failure {
        let operand = file.path == "-" ? "FILE" : file.path.shellQuoted
        let command =
            file.isCompressed ? "gzip -dc \(operand) | \(kind.command) -" : "\(kind.command) \(operand)"
        return Failure(
            "\(file.name) \(kind.description); read it with: \(command) | headcount import-log -",
            EX_DATAERR
        )
    }
}

/// A kind of file that another command has to convert first.
enum ForeignFile: CaseIterable {
    case xz, bzip2, zstd, lz4, zip, sevenZip, tar, utf16, utf16LE, utf16BE

    /// - Returns: `nil` if the file does not begin as any of them does.
    init?(_ beginning: LogLine.Bytes) {
        guard let kind = Self.allCases.first(where: { $0.begins(beginning) }) else { return nil }
        self = kind
    }

    var description: String {
        switch self {
        case .xz: "is compressed with xz"
        case .bzip2: "is compressed with bzip2"
        case .zstd: "is compressed with zstd"
        case .lz4: "is compressed with lz4"
        case .zip: "is a zip archive"
        case .sevenZip: "is a 7z archive"
        case .tar: "is a tar archive"
        case .utf16, .utf16LE, .utf16BE: "is encoded in UTF-16"
        }
    }

    /// Writes the file's text to standard output if the path follows.
    var command: String {
        switch self {
        case .xz: "xz -dc"
        case .bzip2: "bzip2 -dc"
        case .zstd: "zstd -dc"
        case .lz4: "lz4 -dc"
        case .zip: "unzip -p"
        case .sevenZip: "7z x -so"
        case .tar: "tar -xOf"
        case .utf16: "iconv -f UTF-16 -t UTF-8"
        case .utf16LE: "iconv -f UTF-16LE -t UTF-8"
        case .utf16BE: "iconv -f UTF-16BE -t UTF-8"
        }
    }

    private func begins(_ bytes: LogLine.Bytes) -> Bool {
        switch self {
        case .xz: bytes.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00])
        case .bzip2: bytes.starts(with: "BZh".utf8)
        case .zstd: bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
        case .lz4: bytes.starts(with: [0x04, 0x22, 0x4D, 0x18])
        case .zip: bytes.starts(with: [0x50, 0x4B, 0x03, 0x04])
        case .sevenZip: bytes.starts(with: [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C])
        case .tar: bytes.dropFirst(257).starts(with: "ustar".utf8)
        case .utf16: bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
        // Logs begin with an ASCII character.
        case .utf16LE: bytes.count > 1 && bytes[0] != 0 && bytes[1] == 0
        case .utf16BE: bytes.count > 1 && bytes[0] == 0 && bytes[1] != 0
        }
    }
}

extension LogLine.Bytes {
    fileprivate var withoutCarriageReturn: Self { last == UInt8(ascii: "\r") ? self[0, count - 1] : self }
}
