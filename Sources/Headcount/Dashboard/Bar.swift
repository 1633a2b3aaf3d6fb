/// One bar of the chart: the visits of a day, a week, a month or a year.
struct Bar: Equatable {
    var unit: Unit
    var first: Day
    var last: Day
    /// `nil` before the first visit.
    var count: Tally.Count?
    var visits: Int { count?.count ?? 0 }
    /// Whether today is among its days, so that its numbers still grow.
    var isOngoing = false

    enum Unit: String {
        case day, week, month, year

        /// The shortest unit of which a chart of these days needs at most 120.
        init(from first: Day, to last: Day) {
            let months = Unit.month.index(of: last) - Unit.month.index(of: first) + 1
            self =
                switch last.number - first.number + 1 {
                case ...92: .day
                case ...731: .week
                default: months <= 120 ? .month : .year
                }
        }

        /// Identifies the unit that a day is in.
        fileprivate func index(of day: Day) -> Int {
            let (year, month, _) = day.date
            return switch self {
            case .day: day.number
            case .week: day.number - day.weekday
            case .month: year * 12 + month
            case .year: year
            }
        }
    }

    /// Sums the days of each unit.
    ///
    /// - Parameter since: the day of the first visit.
    static func bars(of days: some Collection<Statistics.DayCount>, since: Day?) -> [Bar] {
        guard let first = days.first?.day else { return [] }
        let unit = Unit(from: first, to: first.advanced(by: days.count - 1))
        var bars: [Bar] = []
        for day in days {
            if let last = bars.last, unit.index(of: last.first) == unit.index(of: day.day) {
                bars[bars.count - 1].last = day.day
            } else {
                bars.append(Bar(unit: unit, first: day.day, last: day.day))
            }
            guard let since, since <= day.day else { continue }
            bars[bars.count - 1].count = (bars[bars.count - 1].count ?? .zero) + day.count
        }
        bars[bars.count - 1].isOngoing = true
        return bars
    }

    /// The name in the table and in the tooltip: `Mon 3 Nov 2026`, `3–9 Nov 2026`, `November 2026`, `2026`.
    var name: String {
        switch unit {
        case .day: "\(first.weekdayName) \(first.short) \(first.date.year)"
        case .week where first == last: "\(first.short) \(first.date.year)"
        case .week where first.date.month == last.date.month: "\(first.date.day)–\(last.short) \(last.date.year)"
        case .week where first.date.year == last.date.year: "\(first.short) – \(last.short) \(last.date.year)"
        case .week: "\(first.short) \(first.date.year) – \(last.short) \(last.date.year)"
        case .month: "\(first.monthName) \(first.date.year)"
        case .year: "\(first.date.year)"
        }
    }

    /// Where the bar was, in a sentence: `on 3 November`, `in the week of 3 November`, `in November 2026`.
    var place: String {
        let date = "\(first.date.day) \(first.monthName)"
        return switch unit {
        case .day: "on \(date)"
        case .week: "in the week of \(date)"
        case .month: "in \(first.monthName) \(first.date.year)"
        case .year: "in \(first.date.year)"
        }
    }
}

extension Day {
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// `November`
    var monthName: String { Self.months[date.month - 1] }

    /// `Nov`
    var shortMonthName: String { String(monthName.prefix(3)) }

    /// `3 Nov`
    var short: String { "\(date.day) \(shortMonthName)" }

    /// `3 November 2026`
    var long: String { "\(date.day) \(monthName) \(date.year)" }

    /// `Mon`
    var weekdayName: String { ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][weekday] }
}
