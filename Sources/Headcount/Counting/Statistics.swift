/// The numbers of the site or of one page: in total, and over a range of days.
package struct Statistics: Sendable, Equatable {
    /// `nil` for the site.
    package var page: Page?
    /// The total of all time.
    package var total: Tally.Count
    /// The first day with a visit; `nil` without visits. With DynamoDB, possibly the first day with a left-out request.
    package var since: Day?
    /// Every day of the range, oldest first.
    package var days: [DayCount]
    /// The pages that the query's ``Ranking`` selects, the most visited first.
    package var pages: [PageCount]
    /// How many pages the ranking would have without its limit.
    package var matchingPages: Int
    /// How many pages are counted, to compare with the page limit.
    package var countedPages: Int

    package init(
        page: Page? = nil,
        total: Tally.Count,
        since: Day?,
        days: [DayCount],
        pages: [PageCount] = [],
        matchingPages: Int? = nil,
        countedPages: Int = 0
    ) {
        self.page = page
        self.total = total
        self.since = since
        self.days = days
        self.pages = pages
        self.matchingPages = matchingPages ?? pages.count
        self.countedPages = countedPages
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
    /// The first day to list; `nil` for the first day with a visit.
    package var first: Day?
    /// The last day to list.
    package var last: Day
    package var ranking: Ranking

    package init(page: Page?, first: Day?, last: Day, ranking: Ranking) {
        self.page = page
        self.first = first
        self.last = last
        self.ranking = ranking
    }

    /// The first day to list.
    ///
    /// - Parameter since: the first day with a visit.
    package func first(since: Day?) -> Day { first ?? min(since ?? last, last) }

    /// The days of a range, and the pages visited since its first day.
    package init(page: Page?, first: Day, last: Day, maximumPages: Int = Statistics.defaultPages) {
        self.init(page: page, first: first, last: last, ranking: .init(first: first, limit: maximumPages))
    }
}

/// Which pages to list: those visited since a day, the most visited first, ties by the bytes of the path.
package struct Ranking: Sendable, Hashable {
    /// `nil` to rank the pages by their totals of all time, which may include numbers without a day.
    package var first: Day?
    /// Lists only the pages whose path contains this text, in lower or upper case.
    package var text = ""
    /// How many pages to list; 0 if none are needed.
    package var limit: Int

    package init(first: Day?, text: String = "", limit: Int) {
        self.first = first
        self.text = text
        self.limit = limit
    }

    /// Ranks pages.
    ///
    /// - Returns: the pages to list, and how many there are without the limit.
    package func select(_ pages: [Statistics.PageCount]) -> (pages: [Statistics.PageCount], matching: Int) {
        let text = text.lowercased()
        let ranked =
            pages
            .filter { $0.count.count > 0 && (text.isEmpty || $0.path.lowercased().contains(text)) }
            .sorted {
                $0.count.count != $1.count.count
                    ? $0.count.count > $1.count.count : $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
            }
        return (Array(ranked.prefix(limit)), ranked.count)
    }
}

extension Sequence<Statistics.DayCount> {
    package var sum: Tally.Count { reduce(.zero) { $0 + $1.count } }
}
