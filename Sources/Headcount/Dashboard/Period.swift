/// The days that the dashboard shows.
struct Period: Equatable {
    var length: Length
    /// `nil` for all days since the first visit.
    var first: Day?
    /// Today.
    var last: Day

    init(_ length: Length, until today: Day) {
        self.length = length
        last = today
        first =
            switch length {
            case .week: today.advanced(by: -6)
            case .month: today.advanced(by: -29)
            case .quarter: today.advanced(by: -89)
            // 52 weeks that begin on Mondays, including this one.
            case .year: today.advanced(by: -357 - today.weekday)
            case .all: nil
            }
    }

    enum Length: String, CaseIterable {
        case week = "7d"
        case month = "30d"
        case quarter = "90d"
        case year = "12m"
        case all = "all"

        var label: String {
            switch self {
            case .week: "7 days"
            case .month: "30 days"
            case .quarter: "90 days"
            case .year: "12 months"
            case .all: "All"
            }
        }
    }

    /// The first day of the equally long period before, to compare with.
    var firstBefore: Day? { first.map { Day(number: 2 * $0.number - last.number - 1) } }

    /// The parameter `days` of the downloads, which offer at most a year.
    var downloadedDays: Int {
        min(first.map { last.number - $0.number + 1 } ?? .max, Statistics.allowedDays.upperBound)
    }

    /// The change from the period before. Leaves out today, which is not over, and the day that today would be compared
    /// with.
    ///
    /// - Parameter statistics: with the days since ``firstBefore``.
    /// - Returns: `nil` if the counter is younger than the period before, or there is nothing to compare with.
    func change(of number: KeyPath<Tally.Count, Int>, in statistics: Statistics) -> Change? {
        guard let first, let firstBefore, let since = statistics.since, since <= firstBefore else { return nil }
        let before = statistics.days.filter { $0.day < first }.dropLast().sum[keyPath: number]
        let now = statistics.days.dropLast().filter { $0.day >= first }.sum[keyPath: number]
        guard before > 0 else { return nil }
        return Change(percent: Int((Double(now - before) / Double(before) * 100).rounded()))
    }

    struct Change {
        var percent: Int

        /// `17% more`
        var amount: String {
            switch percent {
            case 0: "about as many"
            case 1...: "\(percent.grouped)% more"
            default: "\(-percent)% fewer"
            }
        }

        /// The word after the amount.
        var conjunction: String { percent == 0 ? "as" : "than" }
    }
}
