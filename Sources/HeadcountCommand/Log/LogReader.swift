import Headcount

/// Reads the requests of one file. All its lines have one format; those that don't fit are left out.
struct LogReader {
    /// A line that does not fit.
    struct Misfit {
        var number: Int
        var line: String
        var mismatch: LogMismatch
    }

    /// Complete lines that are not blank or a header.
    private(set) var lines = 0
    private(set) var misfits = 0
    private(set) var firstMisfit: Misfit?
    /// The first line whose last field is not the `X-Forwarded-For` of the format that was recognised.
    private var firstNotForwarded: Misfit?
    /// Whether a request has an address in `X-Forwarded-For`.
    private var hasForwarded = false
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
        // A blank line, or the line before CloudFront's header.
        guard line.contains(where: { $0 != UInt8(ascii: " ") }), !line.starts(with: "#Version:") else { return }
        var (isRequest, isForwarded) = (false, hasForwarded)
        do throws(LogMismatch) {
            if format == nil { format = try recognise(line) }
            try format?.read(line) { request in
                isRequest = true
                if !isForwarded, let list = request.forwarded { isForwarded = LogAddress.address(list) != nil }
                body(request)
            }
            if isRequest { lines += 1 }
            hasForwarded = isForwarded
        } catch {
            lines += 1
            misfits += 1
            guard firstMisfit == nil || firstNotForwarded == nil else { return }
            let misfit = Misfit(number: number, line: line.text, mismatch: error)
            firstMisfit = firstMisfit ?? misfit
            if format != nil, error.expected == LogMismatch.forwarded {
                firstNotForwarded = firstNotForwarded ?? misfit
            }
        }
    }

    /// - Throws: what would fit the format that the line fits longest.
    private func recognise(_ line: LogLine.Bytes) throws(LogMismatch) -> any LogFormat {
        var closest = LogMismatch(position: -1, expected: "")
        for var format in recognised {
            do throws(LogMismatch) {
                try format.read(line) { _ in }
                return format
            } catch {
                if error.position > closest.position { closest = error }
            }
        }
        throw closest
    }

    /// Why the file can't be imported, and how it may be; `nil` if it can.
    ///
    /// At most one line in ten may not fit. But if a field is never an address where the format has `X-Forwarded-For`, it is
    /// another field, and the format another one, however few the lines are that show it.
    var refusal: [String]? {
        guard let misfit = misfits * 10 > lines ? firstMisfit : hasForwarded ? nil : firstNotForwarded else {
            return nil
        }
        let counts = "\(misfits.grouped) of \(lines.of("line")) \(misfits == 1 ? "does" : "do") not fit the format"
        let reason = formatName.map { "\(counts) \($0)" } ?? "the format is not recognised"
        let remedy = Self.suggestion(for: misfit.line) ?? "pass the server's log_format by --format"
        return ["\(reason); nothing was changed"] + Self.explanation(misfit) + [
            "\(remedy); see `headcount help import-log`"
        ]
    }

    /// Shows a line, and what was expected where.
    private static func explanation(_ misfit: Misfit) -> [String] {
        let bytes = Array(misfit.line.utf8)
        let start = String(decoding: bytes.prefix(misfit.mismatch.position), as: UTF8.self).oneLine
        let rest = String(decoding: bytes.dropFirst(misfit.mismatch.position), as: UTF8.self).oneLine
        let before = "line \(misfit.number): " + (start.count > 60 ? "\u{2026}" + start.suffix(59) : start)
        return [
            before + (rest.count > 40 ? rest.prefix(39) + "\u{2026}" : rest[...]),
            String(repeating: " ", count: before.count) + "^ expected \(misfit.mismatch.expected)",
        ]
    }

    /// A format that the line fits: one with a name, or a common one with another time or after some words, as of a proxy or
    /// the system's log.
    private static func suggestion(for line: String) -> String? {
        let common = ["$main", "$combined", "$common"]
        let iso = common.map { TextLogFormat.expanded($0).replacing("local", with: "iso8601") }
        for pattern in ["ingress-nginx", "nginx-proxy-manager"] + iso where client(of: line, pattern) != nil {
            return "pass --format '\(pattern.replacing("_name", with: "_"))'"
        }
        for skipped in 1...12 {
            let prefix = String(repeating: "$_ ", count: skipped)
            for pattern in common {
                let strict = TextLogFormat.expanded(pattern).replacing("remote_addr", with: "_addr")
                guard let client = client(of: line, prefix + strict) else { continue }
                // A public address before it may be the client's, and this one a proxy's.
                let before = line[..<(line.firstRange(of: client)?.lowerBound ?? line.startIndex)]
                guard !before.split(separator: " ").contains(where: hasPublicAddress) else { return nil }
                return "if the client's address is \(client), pass --format '\(prefix)\(pattern)'"
            }
        }
        return nil
    }

    private static func hasPublicAddress(_ word: Substring) -> Bool {
        var word = String(word)
        return word.withUTF8 { LogAddress.address($0).flatMap { IPAddress(UnsafeRawBufferPointer($0)) } }?.isPrivate
            == false
    }

    /// The client's address in a line of this format; `nil` if the line does not fit.
    private static func client(of line: String, _ format: String) -> String? {
        guard var format = try? LogFormats.named(format) else { return nil }
        var (line, client) = (line, String?.none)
        line.withUTF8 { bytes in try? format.read(bytes) { client = LogAddress.client($0.address).text } }
        return client
    }
}
