#if DynamoDB
import Headcount
import NIOCore

/// All items of a page, or of the site.
struct PageItems: Sendable {
    var page: Page?
    var live: PageItem
    var archives: [PageItem]

    var history: History {
        let days = ([live] + archives).flatMap(\.ofDays).filter { $0.count != .zero }
        return History(page: page, total: live.total, days: days.sorted { $0.day < $1.day })
    }
}

extension PageItem {
    /// The days that it has, in no order.
    var ofDays: [Statistics.OfDay] {
        Set(days.keys.map { $0.suffix(2) }).compactMap { number in
            Day("\(month)-\(number)").map { .init(day: $0, count: count(on: $0)) }
        }
    }

    /// The months that may be archived: from the first day with a visit to the present month, and one more, which a clock
    /// that was ahead may have left.
    fileprivate func archivedMonths(today: Day) -> [Month] {
        guard let since else { return [] }
        let last = max(today.advanced(by: 31), Day("\(month)-28") ?? today)
        // No month has fewer than 28 days.
        let days = stride(from: since.number, to: last.number, by: 28).map(Day.init(number:)) + [last]
        return Set(days.map { Month($0) }).filter { $0 != month }
    }
}

extension Table {
    /// How long one call for the owner may take, of which there may be many.
    static var ownersDeadline: NIODeadline { .now() + .seconds(30) }

    /// How long a step is tried again while others keep changing what it is about.
    static var ownersEnd: NIODeadline { .now() + .minutes(5) }

    /// The items of the site and of all pages, in the order of an export.
    func pageItems() async throws(CallError) -> [PageItems] {
        let pages = try await pages(until: Self.ownersDeadline)
            .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        return try await pageItems(of: [nil] + pages)
    }

    /// The items of one page fit each other: its total and the days of its month are one item, and the days of other
    /// months change only together with the month of that item.
    ///
    /// - Returns: those that there are, in the order of `pages`.
    func pageItems(of pages: [Page?]) async throws(CallError) -> [PageItems] {
        let today = Day(containing: dynamoDB.now())
        var found: [Page?: PageItems] = [:]
        var rest = pages
        while !rest.isEmpty {
            let live = try await liveItems(of: rest)
            let keys = live.mapValues { item in item.archivedMonths(today: today) }
                .flatMap { page, months in months.map { Key.archive(page, $0) } }
            let archived = try await items(keys, until: Self.ownersDeadline)
            let after = try await liveItems(of: rest)
            rest = []
            for (page, item) in live {
                // Its month has ended meanwhile.
                guard after[page]?.month == item.month else { rest.append(page); continue }
                let archives = item.archivedMonths(today: today)
                    .compactMap { archived[.archive(page, $0)].map(PageItem.init(item:)) }
                found[page] = PageItems(page: page, live: item, archives: archives)
            }
        }
        return pages.compactMap { found[$0] }
    }

    private func liveItems(of pages: [Page?]) async throws(CallError) -> [Page?: PageItem] {
        let items = try await items(pages.map(Key.page), until: Self.ownersDeadline)
        var live: [Page?: PageItem] = [:]
        for page in pages { live[page] = items[.page(page)].map(PageItem.init(item:)) }
        return live
    }
}
#endif
