#if DynamoDB
import DynamoDBStore
import Headcount

/// All items of a page, or of the site.
struct PageItems: Sendable {
    var page: Page?
    var live: PageItem
    var archives: [PageItem]

    var history: History {
        let days = ([live] + archives).flatMap(\.dayCounts).filter { !$0.isEmpty }
        return History(page: page, total: live.total, days: days.sorted { $0.day < $1.day })
    }
}

extension PageItem {
    /// Its days, unordered.
    var dayCounts: [Statistics.DayCount] {
        Set(days.keys.map { $0.suffix(2) }).compactMap { number in
            Day("\(month)-\(number)").map { numbers(on: $0) }
        }
    }

    /// The months that may have an archive: from the first day with numbers to the present month, and the next one in case a
    /// clock was ahead.
    fileprivate func archivedMonths(today: Day) -> [Month] {
        guard let since else { return [] }
        let last = max(today.advanced(by: 31), Day("\(month)-28") ?? today)
        // No month has fewer than 28 days.
        let days = stride(from: since.number, to: last.number, by: 28).map(Day.init(number:)) + [last]
        return Set(days.map { Month($0) }).filter { $0 != month }
    }
}

extension Table {
    /// The items of the site and of all pages, in the order of an export.
    func pageItems() async throws(CallError) -> [PageItems] {
        let pages = try await pages().sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        return try await pageItems(of: [nil] + pages)
    }

    /// Reads the items of pages. Those of one page are consistent: its total and the days of its month are one item, and the
    /// days of other months change only together with that item.
    ///
    /// - Returns: the pages that exist, in the order of `pages`.
    func pageItems(of pages: [Page?]) async throws(CallError) -> [PageItems] {
        let today = self.today
        let live = try await items(pages.map(Key.page))
        let found = pages.compactMap { page in
            live[.page(page)].map { PageItems(page: page, live: PageItem(item: $0), archives: []) }
        }
        let archived = try await items(
            found.flatMap { items in items.live.archivedMonths(today: today).map { .archive(items.page, $0) } }
        )
        return found.map { items in
            var items = items
            items.archives = items.live.archivedMonths(today: today)
                .compactMap { archived[.archive(items.page, $0)].map(PageItem.init(item:)) }
            return items
        }
    }
}
#endif
