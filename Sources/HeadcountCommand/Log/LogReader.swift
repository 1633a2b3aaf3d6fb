import Headcount

/// Reads the requests of one file. All its lines have one format; those that don't fit are left out.
struct LogReader {
    /// A line that does not fit.
    struct Misfit {
        var number: Int
        var line: String
        var mismatch: LogMismatch
    }

    /// Complete lines that are neither blank nor a header.
    private(set) var lines = 0
    private(set) var misfits = 0
    private(set) var firstMisfit: Misfit?
    /// The first line that puts the format that was recognised in doubt.
    private var firstContradiction: Misfit?
    private var number = 0
    private var format: (any LogFormat)?
    private var isRecognised = false
    private let candidates: [any LogFormat]

    /// - Parameter format: `nil` to recognise it by the first line that fits one.
    init(_ format: (any LogFormat)?, recognised: [any LogFormat]) {
        self.format = format
        candidates = recognised
    }

    /// `nil` if no line fits one.
    var formatName: String? { format?.name }

    mutating func read(_ line: LogLine.Bytes, _ body: (LogLine) -> Void) {
        number += 1
        // A blank line, or the line before CloudFront's header.
        guard line.contains(where: { $0 != UInt8(ascii: " ") }), !line.starts(with: "#Version:") else { return }
        var isRequest = false
        do throws(LogMismatch) {
            if format == nil {
                format = try recognise(line)
                isRecognised = true
            }
            try format?.read(line) { request in
                isRequest = true
                body(request)
            }
            if isRequest { lines += 1 }
        } catch {
            lines += 1
            misfits += 1
            let isFirstDoubt = isRecognised && error.isContradiction && firstContradiction == nil
            guard firstMisfit == nil || isFirstDoubt else { return }
            let misfit = Misfit(number: number, line: line.text, mismatch: error)
            firstMisfit = firstMisfit ?? misfit
            if isFirstDoubt { firstContradiction = misfit }
        }
    }

    /// - Throws: the mismatch with the format that the line fits furthest.
    private func recognise(_ line: LogLine.Bytes) throws(LogMismatch) -> any LogFormat {
        var closest = LogMismatch(position: -1, expected: "")
        for var format in candidates {
            do throws(LogMismatch) {
                try format.read(line) { _ in }
                return LogFormats.withoutHeaderChecks(format)
            } catch {
                if error.position > closest.position { closest = error }
            }
        }
        throw closest
    }

    /// Why the file can't be imported, and how it may be; `nil` if it can.
    ///
    /// Up to one line in ten may not fit. If such lines put the format in doubt, there must also be ten visits for each of
    /// them: these lines may be most of the visits.
    func refusal(visits: Int) -> [String]? {
        let doubt = misfits * 10 > visits ? firstContradiction : nil
        guard let misfit = misfits * 10 > lines ? firstMisfit : doubt else { return nil }
        let counts = "\(misfits.grouped) of \(lines.of("line")) \(misfits == 1 ? "does" : "do") not fit the format"
        let reason = formatName.map { "\(counts) \($0)" } ?? "the format is not recognised"
        let remedy = Self.suggestion(for: misfit) ?? "pass the server's log_format by --format, or leave such lines out"
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
    private static func suggestion(for misfit: Misfit) -> String? {
        if misfit.mismatch.expected == LogMismatch.forwarded {
            return "if that field is X-Forwarded-For, pass --format main, or else the server's log_format"
        }
        let line = misfit.line
        let common = ["$main", "$combined", "$common"]
        let iso = common.map { TextLogFormat.expanded($0).replacing("local", with: "iso8601") }
        let named = LogFormats.patterns.keys.filter { $0 != "lighttpd" || hasAddressAsHost(line) }
        for pattern in named.sorted() + iso {
            guard let client = client(of: line, pattern) else { continue }
            return "if the client's address is \(client), pass --format '\(pattern.replacing("_name", with: "_"))'"
        }
        for skipped in 1...12 {
            let prefix = String(repeating: "$_ ", count: skipped)
            for pattern in common {
                let strict = TextLogFormat.expanded(pattern).replacing("remote_addr", with: "_addr")
                guard let client = client(of: line, prefix + strict) else { continue }
                // A public address before it may be the client's, and this one a proxy's.
                let before = line.split(separator: " ").prefix { $0 != client && $0 != "\(client)," }
                guard !before.contains(where: { LogAddress.hasPublicAddress($0.utf8) }) else { return nil }
                return "if the client's address is \(client), pass --format '\(prefix)\(pattern)'"
            }
        }
        return nil
    }

    /// Whether the second word is an address.
    private static func hasAddressAsHost(_ line: String) -> Bool {
        var host = line.split(separator: " ").dropFirst().first.map(String.init) ?? ""
        return host.withUTF8 { LogAddress.isAddress(LogAddress.withoutPort($0)) }
    }

    /// The client's address in a line of this format; `nil` if the line does not fit.
    private static func client(of line: String, _ format: String) -> String? {
        guard var format = try? LogFormats.named(format) as? TextLogFormat else { return nil }
        format.checksHeaders = true
        var (line, client) = (line, String?.none)
        line.withUTF8 { bytes in try? format.read(bytes) { client = LogAddress.client($0.address).text } }
        return client
    }
}
