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
}

extension Table {
    /// How long one call for the owner may take, of which there may be many.
    static var ownersDeadline: NIODeadline { .now() + .seconds(30) }

    /// How long a step is tried again while others keep changing what it is about.
    static var ownersEnd: NIODeadline { .now() + .minutes(5) }

    /// The items of the site and of all pages, in the order of an export. Those of one page fit each other: a total is that
    /// of one moment, as are the days of its month in the same item, and the days of other months change only together
    /// with the month of that item.
    func pageItems() async throws(CallError) -> [PageItems] {
        try await pageItems(of: [nil] + pages(until: Self.ownersDeadline))
    }

    /// Reads the whole table once: which months a page has is written nowhere.
    ///
    /// - Returns: those that there are, in the order of an export.
    func pageItems(of pages: [Page?]) async throws(CallError) -> [PageItems] {
        let pages = pages.sorted { ($0?.path ?? "").utf8.lexicographicallyPrecedes(($1?.path ?? "").utf8) }
        let live = try await items(pages.map(Key.page), until: Self.ownersDeadline)
        // After the live items: a month that ends from here on is one that they have.
        let archives = Dictionary(grouping: try await keys(beginningWith: "page#"), by: \.ofLiveItem)
            .mapValues { keys in keys.filter { $0 != $0.ofLiveItem } }
        let archived = try await items(archives.values.flatMap { $0 }, until: Self.ownersDeadline)
        let after = try await items(pages.map(Key.page), until: Self.ownersDeadline)

        var all: [PageItems] = []
        for page in pages {
            let key = Key.page(page)
            guard let item = live[key].map(PageItem.init(item:)) else { continue }
            let keys = archives[key, default: []]
            if after[key].map(PageItem.init(item:))?.month == item.month {
                let archives = keys.compactMap { archived[$0].map(PageItem.init(item:)) }
                all.append(PageItems(page: page, live: item, archives: archives))
            } else if let items = try await pageItems(of: page, archives: keys + [.archive(page, item.month)]) {
                all.append(items)
            }
        }
        return all
    }

    /// All that is known without reading the whole table: from the month of its first day to the present one.
    ///
    /// - Returns: `nil` when there is no such page.
    func pageItemsByMonth(of page: Page?) async throws(CallError) -> PageItems? {
        let live = try await item(.page(page), until: Self.ownersDeadline).map(PageItem.init(item:))
        guard let live else { return nil }
        let today = Day(containing: dynamoDB.now())
        let since = min(live.since ?? today, today)
        // A day past a month that a clock which was ahead has left.
        let months = Set((since.number...today.advanced(by: 31).number).map { Month(Day(number: $0)) })
        return try await pageItems(of: page, archives: (months.union([live.month])).map { .archive(page, $0) })
    }

    /// - Parameter archives: all that there may have been at some moment before.
    /// - Returns: `nil` when there is no such page.
    private func pageItems(of page: Page?, archives: [Key]) async throws(CallError) -> PageItems? {
        let end = Self.ownersEnd
        var archives = Set(archives)
        while let live = try await item(.page(page), until: Self.ownersDeadline).map(PageItem.init(item:)) {
            let archived = try await items(Array(archives), until: Self.ownersDeadline)
            let after = try await item(.page(page), until: Self.ownersDeadline).map(PageItem.init(item:))
            if after?.month == live.month {
                return PageItems(page: page, live: live, archives: archived.values.map(PageItem.init(item:)))
            }
            guard NIODeadline.now() < end else { throw .postponed("the months of a page keep changing") }
            archives.insert(.archive(page, live.month))
        }
        return nil
    }

    func keys(beginningWith prefix: String) async throws(CallError) -> [Key] {
        var scan = Scan(tableName: name, expressionAttributeValues: [":prefix": .string(prefix)])
        var keys: [Key] = []
        repeat {
            let output: Scan.Output = try await dynamoDB.call(
                .scan,
                scan,
                isRepeatable: true,
                until: Self.ownersDeadline
            )
            keys += (output.items ?? []).compactMap { $0["pk"]?.string.map(Key.init(text:)) }
            scan.exclusiveStartKey = output.lastEvaluatedKey
        } while scan.exclusiveStartKey != nil
        return keys
    }
}
#endif
