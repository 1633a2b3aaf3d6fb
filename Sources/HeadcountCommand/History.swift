import Headcount

/// All numbers of the site or of one page: its days, and the visits from before them.
package struct History: Sendable, Equatable {
    /// `nil` for the site.
    package var page: Page?
    /// The part of the total that belongs to no day: taken over from another counter, or of pruned days.
    package var before: Tally.Count
    /// The days that have numbers, the oldest first.
    package var days: [Statistics.DayCount]

    package init(page: Page?, before: Tally.Count = .zero, days: [Statistics.DayCount] = []) {
        self.page = page
        self.before = before
        self.days = days
    }

    /// Derives ``before`` from the total, which is what stores keep.
    package init(page: Page?, total: Tally.Count, days: [Statistics.DayCount]) {
        self.init(page: page, before: total - days.sum, days: days)
    }

    package var total: Tally.Count { before + days.sum }

    package var isEmpty: Bool { before == .zero && days.isEmpty }

    /// The change that turns `other` into `self`. Days that only `other` has get negative numbers.
    package func difference(from other: History) -> History {
        var changed = Dictionary(uniqueKeysWithValues: days.map { ($0.day, $0) })
        for day in other.days {
            var change = changed[day.day] ?? .init(day: day.day)
            change.count -= day.count
            change.leftOut -= day.leftOut
            changed[day.day] = change
        }
        let days = changed.values.filter { !$0.isEmpty }.sorted { $0.day < $1.day }
        return History(page: page, before: before - other.before, days: days)
    }
}

extension History {
    /// Visits from before this day may be part of ``before``: of pruned days, or of another counter that was taken over.
    var firstDayOnRecord: Day {
        guard before.count > 0 else { return Day(number: .min) }
        return days.first { $0.count.count > 0 }?.day ?? Day(number: .max)
    }
}

extension Sequence<History> {
    /// The most visited first.
    func ranked() -> [History] {
        let visits = map { (history: $0, count: $0.total.count, path: $0.page?.path ?? "") }
        return visits.sorted { $0.count != $1.count ? $0.count > $1.count : $0.path < $1.path }.map(\.history)
    }
}

extension Tally.Count {
    /// The highest number that the command writes: the sum over all days still fits an `Int`.
    package static let limit = 1_000_000_000_000

    /// Whether both numbers are from 0 to ``limit``.
    package var isWithinLimit: Bool { (0...Self.limit).contains(count) && (0...Self.limit).contains(unique) }

    /// - Throws: when it is not within the limit, so that a change is rolled back.
    package func checkedTotal(of page: Page?) throws(StoreError) -> Tally.Count {
        guard isWithinLimit else {
            let subject = page.map { "the page \($0.path)" } ?? "the site"
            throw StoreError("\(subject) would have \(count) visits, \(unique) unique; nothing was changed")
        }
        return self
    }
}
