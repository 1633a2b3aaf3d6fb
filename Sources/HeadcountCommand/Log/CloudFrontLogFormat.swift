import Headcount

/// Reads CloudFront's standard log: fields separated by tabs, and a header with their names (CloudFront, “Standard logging
/// reference”).
///
/// CloudFront percent-encodes fields once more than they were.
struct CloudFrontLogFormat: LogFormat {
    let name = "cloudfront"
    /// The columns by the name of the field.
    private var columns: Columns?

    private struct Columns {
        var date, time, address, method, target, status, size, userAgent: Int
        var forwarded: Int?

        /// - Returns: `nil` if a field is missing.
        init?(_ names: [Substring]) {
            func column(_ name: Substring) -> Int? { names.firstIndex(of: name) }
            guard let date = column("date"), let time = column("time"), let address = column("c-ip"),
                let method = column("cs-method"), let target = column("cs-uri-stem"), let status = column("sc-status"),
                let size = column("sc-bytes"), let userAgent = column("cs(User-Agent)")
            else { return nil }
            (self.date, self.time, self.address, self.method) = (date, time, address, method)
            (self.target, self.status, self.size, self.userAgent) = (target, status, size, userAgent)
            forwarded = column("x-forwarded-for")
        }
    }

    mutating func read(_ bytes: LogLine.Bytes, _ body: (LogLine) -> Void) throws(LogMismatch) {
        if bytes.starts(with: "#Fields:") {
            columns = Columns(bytes.text.split { $0 == " " || $0 == "\t" }.dropFirst().map { $0 })
            let expected = "date, time, c-ip, cs-method, cs-uri-stem, sc-status, sc-bytes and cs(User-Agent)"
            guard columns != nil else { throw LogMismatch(position: 0, expected: expected) }
            return
        }
        guard let columns else { throw LogMismatch(position: 0, expected: "“#Fields:”") }
        let fields = bytes.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
            .map { LogLine.Bytes(rebasing: $0) }
        func field(_ column: Int, _ name: String) throws(LogMismatch) -> LogLine.Bytes {
            guard column < fields.count else { throw LogMismatch(position: bytes.count, expected: name) }
            return fields[column]
        }
        var line = LogLine()
        let date = try field(columns.date, "a date")
        guard let time = LogTime.utc(date: date, time: try field(columns.time, "a time")) else {
            throw LogMismatch(position: 0, expected: "a date and a time")
        }
        line.time = time
        line.address = try field(columns.address, "an address")
        line.method = try field(columns.method, "a method")
        line.size = try field(columns.size, "a number of bytes")
        let status = try field(columns.status, "a status")
        line.status = status.count == 3 ? LogTime.number(status, 0, 3) ?? 0 : 0
        var decoded = LogFields()
        let target = decoded.append(Self.decoded(try field(columns.target, "a path"), only: "25".utf8))
        // In some years CloudFront encoded it twice (matomo-log-analytics #228).
        let userAgent = decoded.append(Self.decoded(Self.decoded(try field(columns.userAgent, "a User-Agent"))))
        let forwarded = try columns.forwarded.map { column throws(LogMismatch) in
            decoded.append(Self.decoded(try field(column, "addresses")))
        }
        decoded.read { bytes in
            line.target = bytes(target)
            line.userAgent = bytes(userAgent).equals("-") ? .empty : bytes(userAgent)
            line.forwarded = forwarded.map(bytes)
            body(line)
        }
    }

    /// Decodes percent-encoded bytes once.
    ///
    /// - Parameter only: the two digits of the one byte to decode. Paths were encoded before, so of them only the percent
    ///   signs were encoded once more.
    private static func decoded(_ field: some BidirectionalCollection<UInt8>, only: String.UTF8View? = nil) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(field.count)
        var rest = field[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), only.map({ digits.elementsEqual($0) }) ?? true,
                let high = digits.first?.hexadecimalDigitValue, let low = digits.last?.hexadecimalDigitValue,
                digits.count == 2
            {
                decoded.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                decoded.append(byte)
            }
        }
        return decoded
    }
}
