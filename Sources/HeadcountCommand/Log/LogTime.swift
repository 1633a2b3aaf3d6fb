import Headcount

/// The times in logs.
enum LogTime {
    typealias Bytes = LogLine.Bytes

    /// nginx's `$time_local` and Apache's `%t`: `24/Nov/2026:10:00:00 +0100`.
    static func local(_ text: Bytes) -> Instant? {
        guard text.count == 26, has(text, "/", at: 2), has(text, "/", at: 6), has(text, ":", at: 11),
            has(text, " ", at: 20)
        else { return nil }
        let name = text[3, 6].reduce(0) { $0 << 8 | UInt32($1) }
        guard let month = months.firstIndex(of: name), let dayOfMonth = number(text, 0, 2),
            let year = number(text, 7, 4), let day = day(year, month + 1, dayOfMonth), let time = time(text, at: 12),
            let offset = offset(text[21, 26])
        else { return nil }
        return valid(day.number * 86_400 + time - offset)
    }

    /// nginx's `$time_iso8601`: `2026-11-24T10:00:00+01:00`. Fractions of a second, `Z` and a zone without a colon are read as
    /// well, and a space for the `T`.
    static func iso8601(_ text: Bytes) -> Instant? {
        guard text.count >= 20, has(text, "T", at: 10) || has(text, " ", at: 10), let day = day(text),
            let time = time(text, at: 11)
        else { return nil }
        var zone = text[19, text.count]
        if zone.first == UInt8(ascii: ".") {
            zone = zone[1 + digits(zone[1, zone.count]), zone.count]
        }
        guard let offset = offset(zone) else { return nil }
        return valid(day.number * 86_400 + time - offset)
    }

    /// CloudFront's: `2026-11-24` and `10:00:00` in UTC.
    static func utc(date: Bytes, time text: Bytes) -> Instant? {
        guard date.count == 10, text.count == 8, let time = time(text, at: 0) else { return nil }
        return day(date).flatMap { valid($0.number * 86_400 + time) }
    }

    /// nginx's `$msec`: seconds since 1970, `1795770000.123`.
    static func seconds(_ text: Bytes) -> Instant? {
        let digits = digits(text)
        guard (1...12).contains(digits), digits == text.count || text[digits] == UInt8(ascii: "."),
            let seconds = number(text, 0, digits)
        else { return nil }
        return valid(seconds)
    }

    /// From 1970 to the last year that an export can represent.
    static func valid(_ seconds: Int) -> Instant? {
        times.contains(seconds) ? Instant(milliseconds: seconds * 1000) : nil
    }

    private static let times = 0..<Day(year: 10_000, month: 1, day: 1).start.milliseconds / 1000

    private static let months: [UInt32] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ].map { $0.utf8.reduce(0) { $0 << 8 | UInt32($1) } }

    /// `2026-11-24`
    private static func day(_ text: Bytes) -> Day? {
        guard has(text, "-", at: 4), has(text, "-", at: 7), let year = number(text, 0, 4),
            let month = number(text, 5, 2),
            let dayOfMonth = number(text, 8, 2)
        else { return nil }
        return day(year, month, dayOfMonth)
    }

    /// - Returns: `nil` if there is no such day.
    private static func day(_ year: Int, _ month: Int, _ dayOfMonth: Int) -> Day? {
        guard (1...12).contains(month), (1...31).contains(dayOfMonth) else { return nil }
        let day = Day(year: year, month: month, day: dayOfMonth)
        return dayOfMonth <= 28 || day.date.day == dayOfMonth ? day : nil
    }

    /// The seconds of `10:00:00`.
    private static func time(_ text: Bytes, at start: Int) -> Int? {
        guard has(text, ":", at: start + 2), has(text, ":", at: start + 5), let hour = number(text, start, 2),
            hour < 24, let minute = number(text, start + 3, 2), minute < 60,
            let second = number(text, start + 6, 2), second <= 60
        else { return nil }
        return (hour * 60 + minute) * 60 + second
    }

    /// The seconds of `+0100`, `+01:00` or `Z`.
    private static func offset(_ text: Bytes) -> Int? {
        if text.equals("Z") { return 0 }
        let colon = text.count == 6 && text[3] == UInt8(ascii: ":") ? 1 : 0
        guard text.count == 5 + colon, text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-"),
            let hours = number(text, 1, 2), hours <= 14, let minutes = number(text, 3 + colon, 2), minutes < 60
        else { return nil }
        return (hours * 60 + minutes) * (text[0] == UInt8(ascii: "-") ? -60 : 60)
    }

    private static func has(_ text: Bytes, _ character: Unicode.Scalar, at position: Int) -> Bool {
        text[position] == UInt8(ascii: character)
    }

    /// How many digits the text begins with.
    private static func digits(_ text: Bytes) -> Int { text.prefix { $0 &- UInt8(ascii: "0") < 10 }.count }

    @inline(__always)
    static func number(_ text: Bytes, _ start: Int, _ digits: Int) -> Int? {
        var value = 0
        for position in start..<start + digits {
            let digit = text[position] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int(digit)
        }
        return value
    }
}
