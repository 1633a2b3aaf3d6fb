/// The numbers of the site or of one page: in total, and over a range of days.
package struct Statistics: Sendable, Equatable {
    /// `nil` for the site.
    package var page: Page?
    /// The total of all time.
    package var total: Tally.Count
    /// The first day with a visit; `nil` without visits. In DynamoDB a request that was left out may come first.
    package var since: Day?
    /// Every day of the range, oldest first.
    package var days: [DayCount]
    /// The pages visited within the range, with their numbers in it: the most visited first, ties by the bytes of the
    /// path; at most ``StatisticsQuery/maximumPages``.
    package var pages: [PageCount]

    package init(page: Page? = nil, total: Tally.Count, since: Day?, days: [DayCount], pages: [PageCount]) {
        self.page = page
        self.total = total
        self.since = since
        self.days = days
        self.pages = pages
    }

    package struct DayCount: Sendable, Equatable {
        package var day: Day
        package var count: Tally.Count
        /// Only the site has these.
        package var leftOut: LeftOut

        package init(day: Day, count: Tally.Count = .zero, leftOut: LeftOut = .zero) {
            self.day = day
            self.count = count
            self.leftOut = leftOut
        }

        package var isEmpty: Bool { count == .zero && leftOut == .zero }
    }

    package struct PageCount: Sendable, Equatable {
        package var path: String
        package var count: Tally.Count

        package init(path: String, count: Tally.Count) {
            self.path = path
            self.count = count
        }
    }

    /// How many days a request may ask for.
    package static let allowedDays = 1...366
    package static let defaultDays = 30
    package static let defaultPages = 100
}

/// A request for ``Statistics``.
package struct StatisticsQuery: Sendable, Hashable {
    /// `nil` for the site.
    package var page: Page?
    package var first: Day
    package var last: Day
    /// How many pages to list, the most visited first.
    package var maximumPages: Int

    package init(page: Page?, first: Day, last: Day, maximumPages: Int = Statistics.defaultPages) {
        self.page = page
        self.first = first
        self.last = last
        self.maximumPages = maximumPages
    }
}

extension [Statistics.DayCount] {
    package var sum: Tally.Count { reduce(.zero) { $0 + $1.count } }
}
