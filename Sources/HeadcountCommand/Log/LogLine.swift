import Glibc
import Headcount

/// A line of an access log in the combined format (Apache HTTP Server, “Log Files”; nginx, `log_format combined`). The fields
/// point into its bytes:
///
///     192.0.2.1 - - [24/Nov/2026:10:00:00 +0100] "GET / HTTP/1.1" 200 512 "https://…" "Mozilla/5.0 …"
struct LogLine {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    /// The address, or a host name if the server looks them up.
    let address: Bytes
    let time: Instant
    /// The target of a `GET` without its query; `nil` for any other method.
    let path: Bytes?
    let status: Int
    let userAgent: Bytes
    /// The part that does not identify the visitor: time, request, status and size.
    let event: Bytes

    /// - Returns: `nil` for a line in another format.
    init?(_ line: Bytes) {
        guard let space = line.firstIndex(of: UInt8(ascii: " "), from: 0), space > 0 else { return nil }
        guard let bracket = line.firstIndex(of: UInt8(ascii: "["), from: space) else { return nil }
        guard let time = Self.time(line, bracket + 1) else { return nil }
        let request = bracket + Self.timeLength + 4
        guard line.count > request, line[request - 1] == UInt8(ascii: "\""),
            let requestEnd = Self.endOfQuotes(line, request)
        else { return nil }
        guard let status = Self.status(line, requestEnd + 1) else { return nil }
        guard let referrer = line.firstIndex(of: UInt8(ascii: "\""), from: requestEnd + 1),
            let referrerEnd = Self.endOfQuotes(line, referrer + 1),
            let agent = line.firstIndex(of: UInt8(ascii: "\""), from: referrerEnd + 1),
            let agentEnd = Self.endOfQuotes(line, agent + 1)
        else { return nil }

        address = line[0, space]
        // Anything else with a colon is a host with its port, as in Apache's vhost_combined.
        if address.firstIndex(of: UInt8(ascii: ":"), from: 0) != nil, IPAddress(UnsafeRawBufferPointer(address)) == nil
        {
            return nil
        }
        self.time = time
        path = Self.path(line[request, requestEnd])
        self.status = status
        // The server writes `-` for a missing User-Agent.
        let text = line[agent + 1, agentEnd]
        userAgent = text.count == 1 && text[0] == UInt8(ascii: "-") ? line[0, 0] : text
        event = line[bracket, referrer]
    }

    /// `24/Nov/2026:10:00:00 +0100`
    private static let timeLength = 26

    private static func time(_ line: Bytes, _ start: Int) -> Instant? {
        guard line.count > start + timeLength, line[start + timeLength] == UInt8(ascii: "]") else { return nil }
        func number(_ offset: Int, _ digits: Int) -> Int? { Self.number(line, start + offset, digits) }
        func has(_ character: Unicode.Scalar, at offset: Int) -> Bool {
            line[start + offset] == UInt8(ascii: character)
        }
        guard has("/", at: 2), has("/", at: 6), has(":", at: 11), has(":", at: 14), has(":", at: 17), has(" ", at: 20),
            has("+", at: 21) || has("-", at: 21)
        else { return nil }
        let name = line[start + 3, start + 6].reduce(0) { $0 << 8 | UInt32($1) }
        guard let dayOfMonth = number(0, 2), (1...31).contains(dayOfMonth), let month = months.firstIndex(of: name),
            let year = number(7, 4), let hour = number(12, 2), hour < 24, let minute = number(15, 2), minute < 60,
            let second = number(18, 2), second <= 60, let offsetHour = number(22, 2), offsetHour <= 14,
            let offsetMinute = number(24, 2), offsetMinute < 60
        else { return nil }
        let offset = (offsetHour * 60 + offsetMinute) * (has("-", at: 21) ? -1 : 1)
        let day = Day(year: year, month: month + 1, day: dayOfMonth)
        let seconds = (day.number * 1440 + hour * 60 + minute - offset) * 60 + second
        let time = Instant(milliseconds: seconds * 1000)
        return times.contains(time) ? time : nil
    }

    /// From 1970 to the last year that an export can represent.
    private static let times = Day(number: 0).start..<Day(year: 10_000, month: 1, day: 1).start

    private static let months: [UInt32] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ].map { $0.utf8.reduce(0) { $0 << 8 | UInt32($1) } }

    /// The index of the closing quote. Apache escapes quotes by a backslash.
    private static func endOfQuotes(_ line: Bytes, _ start: Int) -> Int? {
        var position = start
        while let quote = line.firstIndex(of: UInt8(ascii: "\""), from: position) {
            var backslashes = 0
            while quote - backslashes > start, line[quote - backslashes - 1] == UInt8(ascii: "\\") { backslashes += 1 }
            if backslashes.isMultiple(of: 2) { return quote }
            position = quote + 1
        }
        return nil
    }

    /// Three digits between spaces.
    private static func status(_ line: Bytes, _ start: Int) -> Int? {
        guard line.count > start + 4, line[start] == UInt8(ascii: " "), line[start + 4] == UInt8(ascii: " ") else {
            return nil
        }
        return number(line, start + 1, 3)
    }

    private static func number(_ line: Bytes, _ start: Int, _ digits: Int) -> Int? {
        var value = 0
        for byte in line[start, start + digits] {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }

    private static func path(_ request: Bytes) -> Bytes? {
        guard request.count > 5, let base = request.baseAddress, memcmp(base, "GET ", 4) == 0 else { return nil }
        var end = 4
        while end < request.count, request[end] != UInt8(ascii: " "), request[end] != UInt8(ascii: "?") { end += 1 }
        return request[4, end]
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The bytes from `start` up to, but not including, `end`.
    subscript(start: Int, end: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: self[start..<Swift.max(start, end)])
    }

    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        guard start < count, let base = baseAddress, let found = memchr(base + start, CInt(byte), count - start) else {
            return nil
        }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
}
