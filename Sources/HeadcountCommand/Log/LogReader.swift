import Glibc
import Headcount

/// Reads the requests of one file. All its lines have one format; those that don't fit are left out.
struct LogReader {
    /// Complete lines that are not blank or a header.
    private(set) var lines = 0
    private(set) var misfits = 0
    /// The first line that does not fit.
    private(set) var firstMisfit: (number: Int, line: String)?
    private var number = 0
    private var format: (any LogFormat)?
    private let recognised: [any LogFormat]

    /// - Parameter format: `nil` to recognise it by the first line that fits one.
    init(_ format: (any LogFormat)?, recognised: [any LogFormat]) {
        self.format = format
        self.recognised = recognised
    }

    /// `nil` if no line fits one.
    var formatName: String? { format?.name }

    mutating func read(_ line: LogLine.Bytes, _ body: (LogLine) -> Void) {
        number += 1
        guard line.contains(where: { $0 != UInt8(ascii: " ") }) else { return }
        var isRequest = false
        do {
            if format == nil { try recognise(line) }
            try format?.read(line) { request in
                isRequest = true
                body(request)
            }
            if isRequest { lines += 1 }
        } catch {
            lines += 1
            misfits += 1
            if firstMisfit == nil { firstMisfit = (number, line.text) }
        }
    }

    private mutating func recognise(_ line: LogLine.Bytes) throws(LogMismatch) {
        for var format in recognised {
            do throws(LogMismatch) {
                try format.read(line) { _ in }
                self.format = format
                return
            } catch {}
        }
        throw LogMismatch(position: 0, expected: "")
    }

    /// Describes the first line that does not fit, and what would.
    func explanation() -> [String] {
        guard let (number, text) = firstMisfit, let mismatch = mismatch(of: text) else { return [] }
        let bytes = Array(text.utf8)
        let start = String(decoding: bytes.prefix(mismatch.position), as: UTF8.self).oneLine
        let rest = String(decoding: bytes.dropFirst(mismatch.position), as: UTF8.self).oneLine
        let before = start.count > 60 ? "\u{2026}" + start.suffix(59) : start
        let label = "line \(number): "
        var lines = [
            label + before + (rest.count > 40 ? rest.prefix(39) + "\u{2026}" : rest[...]),
            String(repeating: " ", count: label.count + before.count) + "^ expected \(mismatch.expected)",
        ]
        if format == nil {
            lines.append(
                Self.suggestion(for: text).map { "if the address then is the client's, pass --format '\($0)'" }
                    ?? "pass --format with the server's log_format; see `headcount help import-log`"
            )
        }
        return lines
    }

    /// Where the line does not fit its format, or the format that it fits longest.
    private func mismatch(of line: String) -> LogMismatch? {
        (format.map { [$0] } ?? recognised).compactMap { Self.mismatch(of: line, $0) }.max { $0.position < $1.position }
    }

    private static func mismatch(of line: String, _ format: any LogFormat) -> LogMismatch? {
        var (line, format) = (line, format)
        return line.withUTF8 { bytes in
            do throws(LogMismatch) {
                try format.read(bytes) { _ in }
                return nil
            } catch {
                return error
            }
        }
    }

    /// A format that the line fits: one with a name, or a common one with another time or after some words, as of a proxy or
    /// the system's log.
    private static func suggestion(for line: String) -> String? {
        let patterns = ["$main", "$combined", "$combined $_", "$common"]
        let prefixes = (1...12).map { String(repeating: "$_ ", count: $0) }
        let iso = patterns.map {
            TextLogFormat.expanded($0).replacing("local", with: "iso8601").replacing("_name", with: "_")
        }
        let formats =
            LogFormats.patterns.keys.sorted() + iso + prefixes.flatMap { words in patterns.map { words + $0 } }
        return formats.first { (try? LogFormats.named($0)).map { mismatch(of: line, $0) == nil } ?? false }
    }
}
