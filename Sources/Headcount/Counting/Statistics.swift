/// What a site, or one page of it, came to: in all, and over a range of days.
package struct Statistics: Sendable, Equatable {
    /// Of all time.
    package var total: Tally.Count
    /// The first day that has a visit; `nil` when there is none.
    package var since: Day?
    /// Every day of the range, the oldest first.
    package var days: [OfDay]
    /// The pages visited within the range, with what they came to in it: the most visited first, then by the bytes of
    /// their paths; at most ``maximumPages``.
    package var pages: [OfPage]

    package init(total: Tally.Count, since: Day?, days: [OfDay], pages: [OfPage]) {
        self.total = total
        self.since = since
        self.days = days
        self.pages = pages
    }

    package struct OfDay: Sendable, Equatable {
        package var day: Day
        package var count: Tally.Count

        package init(day: Day, count: Tally.Count) {
            self.day = day
            self.count = count
        }
    }

    package struct OfPage: Sendable, Equatable {
        package var path: String
        package var count: Tally.Count

        package init(path: String, count: Tally.Count) {
            self.path = path
            self.count = count
        }
    }

    package static let maximumPages = 100

    /// The days of a range, for a request of 1 to 366 of them.
    package static let allowedDays = 1...366
    package static let defaultDays = 30
}

/// A question for ``Statistics``.
package struct StatisticsQuery: Sendable, Hashable {
    /// `nil` for the site.
    package var page: Page?
    package var first: Day
    package var last: Day

    package init(page: Page?, first: Day, last: Day) {
        self.page = page
        self.first = first
        self.last = last
    }
}

extension [Statistics.OfDay] {
    package var sum: Tally.Count { reduce(.zero) { $0 + $1.count } }
}
