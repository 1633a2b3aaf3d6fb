/// All numbers of the site, or of one page: its days, and what came before them.
package struct History: Sendable, Equatable {
    /// `nil` for the site as a whole.
    package var page: Page?
    /// What the total has beyond the days: taken over from another counter, or of days that were forgotten.
    package var before: Tally.Count
    /// Those with a visit, the oldest first.
    package var days: [Statistics.OfDay]

    package init(page: Page?, before: Tally.Count = .zero, days: [Statistics.OfDay] = []) {
        self.page = page
        self.before = before
        self.days = days
    }

    /// From the total, as stores keep it.
    package init(page: Page?, total: Tally.Count, days: [Statistics.OfDay]) {
        self.init(page: page, before: total - days.sum, days: days)
    }

    package var total: Tally.Count { before + days.sum }

    package var isEmpty: Bool { before == .zero && days.isEmpty }

    /// What makes `self` of `other`; for days that only `other` has, below zero.
    package func difference(from other: History) -> History {
        var changed = Dictionary(uniqueKeysWithValues: days.map { ($0.day, $0.count) })
        for day in other.days { changed[day.day, default: .zero] -= day.count }
        let days = changed.filter { $0.value != .zero }.map { Statistics.OfDay(day: $0, count: $1) }
        return History(page: page, before: before - other.before, days: days.sorted { $0.day < $1.day })
    }
}

extension [Statistics.OfDay] {
    package var sum: Tally.Count { reduce(.zero) { $0 + $1.count } }
}

extension Tally.Count {
    /// The most that a number may be by an owner's doing: enough for ever, and a sum of all days fits an `Int`.
    package static let limit = 1_000_000_000_000

    /// Whether it can be a number of visits at all: beyond 2^53, not all readers of JSON tell numbers apart (RFC 8259, §6).
    package var isCredible: Bool { (0...1 << 53).contains(count) && (0...1 << 53).contains(unique) }

    /// - Throws: when it can't be the total of a page that an owner has changed.
    package func checkedTotal(of page: Page?) throws(StoreError) -> Tally.Count {
        guard (0...Self.limit).contains(count), (0...Self.limit).contains(unique) else {
            let subject = page.map { "the page \($0.path)" } ?? "the site"
            throw StoreError("\(subject) would have \(count) visits, \(unique) unique; nothing was changed")
        }
        return self
    }
}

extension Tally.Count: AdditiveArithmetic {
    package static func + (left: Self, right: Self) -> Self {
        .init(count: left.count + right.count, unique: left.unique + right.unique)
    }

    package static func - (left: Self, right: Self) -> Self {
        .init(count: left.count - right.count, unique: left.unique - right.unique)
    }
}
