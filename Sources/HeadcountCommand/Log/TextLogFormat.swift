import Headcount

/// Reads the lines of a log that are written by a pattern in the syntax of nginx's `log_format`
/// (nginx, ngx_http_log_module): text and variables.
///
/// A variable ends where the text after it begins. Between quotes it may have quotes that are escaped by a backslash. Before a
/// space it is one word, or a list that is separated by a comma and a space, as nginx writes several upstream servers. At the
/// end it takes the rest of the line. A space in the pattern matches one or more.
struct TextLogFormat: LogFormat {
    let name: String
    /// Whether a referrer and a User-Agent have to look like one, as evidence for the format. Clients may send anything.
    var checksHeaders = false
    private var parts: [Part] = []
    /// All text of the pattern.
    private var text: [UInt8] = []

    private enum Part {
        /// A range of `text`.
        case text(start: Int, end: Int)
        /// - Parameter end: the byte that the text after it begins with; 0 at the end of the line; or ``wordEnd``.
        case field(Field, end: UInt8)
        /// Nothing, or further words without quotes.
        case words
    }

    /// A space or the end of the line.
    private static let wordEnd: UInt8 = 1

    /// What a variable stands for.
    private enum Field: String {
        case address = "remote_addr"
        /// Not a variable of nginx's: an address that is not a host name.
        case ipAddress = "_addr"
        case forwarded = "http_x_forwarded_for"
        /// Not a variable of nginx's: addresses of `X-Forwarded-For`, or `-`.
        case forwardedAddresses = "_forwarded"
        case localTime = "time_local"
        case isoTime = "time_iso8601"
        case seconds = "msec"
        case request
        case method = "request_method"
        case target = "request_uri"
        case status
        case size = "body_bytes_sent"
        case referrer = "http_referer"
        case userAgent = "http_user_agent"
        /// Not a variable of nginx's: a word that is no address.
        case name = "_name"
        /// Not a variable of nginx's: the name of a site.
        case site = "_site"
        /// Any other variable.
        case skipped = "_"

        var expected: String {
            switch self {
            case .address: "an address or a host name"
            case .ipAddress: "an address"
            case .forwarded: "X-Forwarded-For"
            case .forwardedAddresses: LogMismatch.forwarded
            case .localTime: "a time such as 24/Nov/2026:10:00:00 +0000"
            case .isoTime: "a time such as 2026-11-24T10:00:00+00:00"
            case .seconds: "a time in seconds since 1970"
            case .request: "a request"
            case .method: "a method"
            case .target: "a path or a URL"
            case .status: "a status of three digits"
            case .size: "a number of bytes, or -"
            case .referrer: "a referrer"
            case .userAgent: "a User-Agent"
            case .name, .site: LogMismatch.name
            case .skipped: "a word"
            }
        }
    }

    /// - Parameters:
    ///   - pattern: may contain `$common`, `$combined` or `$main`, which stand for these formats.
    ///   - allowsMoreWords: whether words without quotes may follow.
    /// - Throws: what is wrong with the pattern.
    init(_ name: String, _ pattern: String, allowsMoreWords: Bool = false) throws(InvalidValue) {
        self.name = name
        var rest = Self.expanded(pattern)[...]
        var fields: [Field] = []
        while let character = rest.first {
            guard character == "$" else {
                let literal = rest.prefix { $0 != "$" }
                append(text: literal)
                rest = rest[literal.endIndex...]
                continue
            }
            let variable = Self.variable(&rest)
            if case .field = parts.last { throw InvalidValue("needs text before $\(variable), after another variable") }
            let field = Field(rawValue: variable) ?? .skipped
            fields.append(field)
            parts.append(.field(field, end: rest.utf8.first ?? 0))
        }
        if allowsMoreWords {
            if case .field(let field, end: 0) = parts.last { parts[parts.count - 1] = .field(field, end: Self.wordEnd) }
            parts.append(.words)
        }
        func has(_ alternatives: Field...) -> Bool { fields.contains(where: alternatives.contains) }
        guard has(.address, .ipAddress, .forwarded, .forwardedAddresses) else {
            throw InvalidValue("needs $remote_addr, for the client's address")
        }
        guard has(.localTime, .isoTime, .seconds) else {
            throw InvalidValue("needs $time_local, $time_iso8601 or $msec")
        }
        guard has(.request) || (has(.method) && has(.target)) else {
            throw InvalidValue("needs $request, or $request_method and $request_uri")
        }
        guard has(.status) else { throw InvalidValue("needs $status") }
    }

    /// Replaces `$common`, `$combined` and `$main`.
    static func expanded(_ pattern: String) -> String {
        let common = #"$remote_addr $_name $_name [$time_local] "$request" $status $body_bytes_sent"#
        let combined = #"$common "$http_referer" "$http_user_agent""#
        let main = #"$combined "$http_x_forwarded_for""#
        return pattern.replacing("$main", with: main).replacing("$combined", with: combined)
            .replacing("$common", with: common)
    }

    /// Removes `$name` or `${name}`.
    private static func variable(_ rest: inout Substring) -> String {
        rest.removeFirst()
        if rest.first == "{", let end = rest.firstIndex(of: "}") {
            defer { rest = rest[rest.index(after: end)...] }
            return String(rest[..<end].dropFirst())
        }
        let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        rest = rest[name.endIndex...]
        return String(name)
    }

    private mutating func append(text literal: Substring) {
        let start = text.count
        text += literal.utf8
        parts.append(.text(start: start, end: text.count))
    }
}

extension TextLogFormat {
    func read(_ bytes: LogLine.Bytes, _ body: (LogLine) -> Void) throws(LogMismatch) {
        var line = LogLine()
        var position = 0
        for part in parts {
            switch part {
            case .text(let start, let end):
                try match(start, end, bytes, &position)
            case .field(let field, let terminator):
                let end = Self.end(of: bytes, from: position, before: terminator)
                guard let end, set(field, bytes[position, end], &line) else {
                    throw LogMismatch(position: position, expected: field.expected)
                }
                position = end
            case .words:
                let rest = bytes[position, bytes.count]
                // A public address may be the client's, and the first one a proxy's.
                guard rest.isEmpty || rest[0] == UInt8(ascii: " "),
                    rest.firstIndex(of: UInt8(ascii: "\""), from: 0) == nil, !LogAddress.hasPublicAddress(rest)
                else { break }
                position = bytes.count
            }
        }
        guard position == bytes.count else { throw LogMismatch(position: position, expected: "the end of the line") }
        body(line)
    }

    private func match(_ start: Int, _ end: Int, _ bytes: LogLine.Bytes, _ position: inout Int) throws(LogMismatch) {
        for index in start..<end {
            let byte = text[index]
            guard position < bytes.count, bytes[position] == byte else {
                let expected = String(decoding: text[index..<end], as: UTF8.self)
                throw LogMismatch(position: position, expected: "\u{201C}\(expected)\u{201D}")
            }
            position += 1
            if byte == UInt8(ascii: " ") {
                while position < bytes.count, bytes[position] == byte { position += 1 }
            }
        }
    }

    /// Where the variable ends that begins at `start`; `nil` if it does not.
    private static func end(of bytes: LogLine.Bytes, from start: Int, before terminator: UInt8) -> Int? {
        switch terminator {
        case 0: return bytes.count
        case wordEnd: return bytes.firstIndex(of: UInt8(ascii: " "), from: start) ?? bytes.count
        case UInt8(ascii: "\""): return endOfQuotes(bytes, start)
        case UInt8(ascii: " "):
            // Words are too short for memchr.
            var previous: UInt8 = 0
            for position in start..<bytes.count {
                let byte = bytes[position]
                if byte == terminator, previous != UInt8(ascii: ",") { return position }
                previous = byte
            }
            return nil
        default: return bytes.firstIndex(of: terminator, from: start)
        }
    }

    /// The index of the closing quote.
    private static func endOfQuotes(_ line: LogLine.Bytes, _ start: Int) -> Int? {
        var position = start
        while let quote = line.firstIndex(of: UInt8(ascii: "\""), from: position) {
            var backslashes = 0
            while quote - backslashes > start, line[quote - backslashes - 1] == UInt8(ascii: "\\") { backslashes += 1 }
            if backslashes.isMultiple(of: 2) { return quote }
            position = quote + 1
        }
        return nil
    }

    /// - Returns: `false` if the value can't be one of this field.
    private func set(_ field: Field, _ value: LogLine.Bytes, _ line: inout LogLine) -> Bool {
        switch field {
        case .address:
            line.address = value
            return LogAddress.isList(value)
        case .ipAddress:
            line.address = value
            return LogAddress.address(value) != nil
        case .forwarded:
            // A client can send anything in it.
            line.forwarded = value
            return true
        case .forwardedAddresses:
            line.forwarded = value
            return value.equals("-") || value.equals("unknown") || LogAddress.address(value) != nil
        case .localTime: return Self.set(LogTime.local(value), &line)
        case .isoTime: return Self.set(LogTime.iso8601(value), &line)
        case .seconds: return Self.set(LogTime.seconds(value), &line)
        case .request:
            line.setRequest(value)
            return true
        case .method:
            line.method = value
            return true
        case .target:
            line.target = value
            return true
        case .status:
            guard value.count == 3, let status = LogTime.number(value, 0, 3) else { return false }
            line.status = status
            return true
        case .size:
            line.size = value
            return value.equals("-") || (!value.isEmpty && value.allSatisfy { $0 &- UInt8(ascii: "0") < 10 })
        case .referrer: return !checksHeaders || !value.starts(with: "Mozilla/")
        case .userAgent:
            // The server writes `-` for a missing one.
            line.userAgent = value.equals("-") ? .empty : value
            return !checksHeaders || Self.isUserAgent(value)
        case .site: return LogAddress.isName(value) && !LogAddress.isUnknown(value)
        case .name: return LogAddress.isName(value)
        case .skipped: return true
        }
    }

    private static func set(_ time: Instant?, _ line: inout LogLine) -> Bool {
        guard let time else { return false }
        line.time = time
        return true
    }

    /// Whether a value can be a User-Agent, not another field in its place: a referrer, addresses or a number.
    private static func isUserAgent(_ value: LogLine.Bytes) -> Bool {
        if value.starts(with: "http://") || value.starts(with: "https://") { return false }
        let item = value[0, value.firstIndex(of: UInt8(ascii: ","), from: 0) ?? value.count]
        // Digits, `.` and `/`, which is between them in ASCII.
        let isNumber = !value.isEmpty && value.allSatisfy { $0 &- UInt8(ascii: ".") < 12 }
        return !isNumber && !LogAddress.isAddress(item)
    }
}
