import Glibc

/// A kind of file that another command has to convert first.
enum ForeignFile: CaseIterable {
    case xz, bzip2, zstd, lz4, zip, sevenZip, tar, utf16, utf16LE, utf16BE

    /// - Returns: `nil` if the file begins like none of these kinds.
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

    /// The command that, followed by the path, writes the file's text to standard output.
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

extension GzipFile {
    /// Refuses a file that another command has to convert first, and names that command.
    ///
    /// - Parameter command: what reads the text, from standard input.
    func refuseForeign(_ beginning: UnsafeBufferPointer<UInt8>, for command: String) throws(Failure) {
        guard let kind = ForeignFile(beginning) else { return }
        let operand = path == "-" ? "FILE" : path.shellQuoted
        let reading = isCompressed ? "gzip -dc \(operand) | \(kind.command) -" : "\(kind.command) \(operand)"
        throw Failure("\(name) \(kind.description); read it with: \(reading) | headcount \(command) -", EX_DATAERR)
    }
}
