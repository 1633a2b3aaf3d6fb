/// A day of UTC, as the number of days since 1970-01-01.
package struct Day: Sendable, Hashable, Comparable {
    package let number: Int

    package init(number: Int) {
        self.number = number
    }

    package init(containing instant: Instant) {
        let milliseconds = instant.milliseconds
        number = milliseconds / Self.milliseconds - (milliseconds % Self.milliseconds < 0 ? 1 : 0)
    }

    package var start: Instant { Instant(milliseconds: number * Self.milliseconds) }

    package static func < (left: Day, right: Day) -> Bool { left.number < right.number }

    package func advanced(by days: Int) -> Day { Day(number: number + days) }

    private static let milliseconds = 86_400_000
}

extension Day {
    /// The days of the years 0000 to 9999, whose ``description`` has ten characters.
    package static let supported = Day(year: 0, month: 1, day: 1)...Day(year: 9999, month: 12, day: 31)

    /// - Returns: `nil` unless the text is a date in the format of ``description``, in the years 0000 to 9999.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard text.utf8.count == 10, parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2],
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        self.init(year: year, month: month, day: day)
        guard "\(self)" == text else { return nil }
    }

    /// Uses `days_from_civil` of Howard Hinnant's “chrono-Compatible Low-Level Date Algorithms”.
    package init(year: Int, month: Int, day: Int) {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        self.init(number: era * 146_097 + dayOfEra - 719_468)
    }
}

extension Day {
    /// The date in the proleptic Gregorian calendar. Uses `civil_from_days` of Howard Hinnant's “chrono-Compatible
    /// Low-Level Date Algorithms”.
    package var date: (year: Int, month: Int, day: Int) {
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// 0 for Monday to 6 for Sunday.
    var weekday: Int { ((number + 3) % 7 + 7) % 7 }
}

extension Day: CustomStringConvertible {
    /// The date in ISO 8601, `2026-11-24`.
    package var description: String {
        let (year, month, day) = date
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    private func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
