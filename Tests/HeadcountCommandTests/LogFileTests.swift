import Glibc
import Testing

@testable import HeadcountCommand

@Suite("A file of a log")
struct LogFileTests {
    /// “a”, a line feed, “b”.
    private let gzip: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4B, 0xE4, 0x4A, 0x02, 0x00, 0xFB, 0x90, 0x07,
        0xEF,
        0x03, 0x00, 0x00, 0x00,
    ]

    private func file(_ content: [UInt8], _ body: (_ path: String) throws -> Void) throws {
        let path = "/tmp/headcount-\(UInt64.random(in: .min ... .max)).log"
        try write(content, to: path)
        defer { unlink(path) }
        try body(path)
    }

    private func write(_ content: [UInt8], to path: String) throws {
        let file = try #require(fopen(path, "w"))
        defer { fclose(file) }
        #expect(fwrite(content, 1, content.count, file) == content.count)
    }

    private struct Read: Equatable {
        var lines: [String] = []
        var rest: String?
    }

    private func read(_ log: LogFile) throws -> Read {
        var result = Read()
        result.rest = try log.read { result.lines.append(String(decoding: $0, as: UTF8.self)) }
        return result
    }

    private func read(_ content: [UInt8]) throws -> Read {
        var result = Read()
        try file(content) { result = try read(LogFile(path: $0)) }
        return result
    }

    @Test("stays the same when it is rotated before it is read")
    func rotated() throws {
        try file(Array("a\nb\n".utf8)) { path in
            let log = try LogFile(path: path)
            unlink(path)
            try write([], to: path)
            #expect(try read(log) == Read(lines: ["a", "b"]))
        }
    }

    @Test(
        "may have the line ends of any system",
        arguments: [
            ("a\nb\n", ["a", "b"], nil), ("a\r\nb\r\n", ["a", "b"], nil), ("a\rb\r", ["a", "b"], nil),
            ("a\rb\nc\n", ["a\rb", "c"], nil), ("a\n\nb\n", ["a", "", "b"], nil), ("\u{FEFF}a\nb\n", ["a", "b"], nil),
            ("a\nb", ["a"], "b"), ("a\r\nb", ["a"], "b"), ("a\rb", ["a"], "b"), ("a", [], "a"), ("", [], nil),
        ] as [(String, [String], String?)]
    )
    func lineEnds(_ content: String, _ lines: [String], _ rest: String?) throws {
        #expect(try read(Array(content.utf8)) == Read(lines: lines, rest: rest))
    }

    @Test("may have lines that are too long, which are cut", arguments: [(1 << 20) - 1, 1 << 20, 3_000_000])
    func longLines(_ length: Int) throws {
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: length)
        let content = long + Array("\nb\n".utf8) + long + Array("\nc\nd".utf8)
        let result = try read(content)
        #expect(result.lines.map(\.utf8.count).max() == min(length, 1 << 20))
        #expect(result.lines.filter { $0.utf8.count < length }.suffix(1) == ["c"])
        #expect(result.lines.count == 4)
        #expect(result.rest == "d")
        #expect(try read(long + long).lines.count == 1)
    }

    @Test("compressed by gzip is complete, or reported as cut short")
    func cut() throws {
        #expect(try read(gzip) == Read(lines: ["a", "b"]))
        for length in 2..<gzip.count {
            let error = try #require(throws: Failure.self) { try read(Array(gzip[..<length])) }
            #expect(error.status == EX_DATAERR)
            #expect(error.lines.first?.hasSuffix("the compressed file is cut short; nothing was changed") == true)
        }
        var damaged = gzip
        damaged[15] ^= 1
        let error = try #require(throws: Failure.self) { try read(damaged) }
        #expect(error.lines.first?.hasSuffix("the compressed file is damaged; nothing was changed") == true)
    }

    @Test(
        "of another kind is refused with the command that reads it",
        arguments: [
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0x00], "is compressed with xz", "xz -dc"),
            (Array("BZh91AY&SY".utf8), "is compressed with bzip2", "bzip2 -dc"),
            ([0x28, 0xB5, 0x2F, 0xFD, 0x04], "is compressed with zstd", "zstd -dc"),
            ([0x04, 0x22, 0x4D, 0x18, 0x64], "is compressed with lz4", "lz4 -dc"),
            (Array("PK\u{3}\u{4}".utf8), "is a zip archive", "unzip -p"),
            ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "is a 7z archive", "7z x -so"),
            (Array("log".utf8) + Array(repeating: 0, count: 254) + Array("ustar".utf8), "is a tar archive", "tar -xOf"),
            ([0xFF, 0xFE, 0x31, 0x00], "is encoded in UTF-16", "iconv -f UTF-16 -t UTF-8"),
            ([0xFE, 0xFF, 0x00, 0x31], "is encoded in UTF-16", "iconv -f UTF-16 -t UTF-8"),
            ([0x31, 0x00, 0x39, 0x00], "is encoded in UTF-16", "iconv -f UTF-16LE -t UTF-8"),
            ([0x00, 0x31, 0x00, 0x39], "is encoded in UTF-16", "iconv -f UTF-16BE -t UTF-8"),
        ] as [([UInt8], String, String)]
    )
    func foreign(_ content: [UInt8], _ description: String, _ command: String) throws {
        try file(content) { path in
            let error = try #require(throws: Failure.self) { try read(LogFile(path: path)) }
            #expect(error.status == EX_DATAERR)
            #expect(
                error.lines == ["\(path) \(description); read it with: \(command) \(path) | headcount import-log -"]
            )
        }
    }

    @Test(
        "is quoted for the shell in that command",
        arguments: [
            ("a-1_b.log.xz", "a-1_b.log.xz"), ("my log", "'my log'"), ("o'clock", #"'o'\''clock'"#), ("$x", "'$x'"),
            ("é", "'é'"), ("~", "'~'"),
        ]
    )
    func quoted(_ name: String, _ word: String) {
        #expect(name.shellQuoted == word)
    }
}
