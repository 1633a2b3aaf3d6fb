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
    /// How long one step for the owner may take, of which there may be many.
    static var ownersDeadline: NIODeadline { .now() + .seconds(30) }

    /// The items of the site and of all pages, in the order of an export. Those of one page fit each other: a total is that
    /// of one moment, as are the days of its month in the same item, and the days of other months change only together
    /// with the month of that item.
    func pageItems() async throws(CallError) -> [PageItems] {
        var months: [String: [Key]] = [:]
        for key in try await keys(beginningWith: "page#") {
            let parts = key.text.split(separator: "#", omittingEmptySubsequences: false)
            months[String(parts[1]), default: []] += parts.count > 2 ? [key] : []
        }
        let paths = months.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let pages = paths.map { try? Page(path: $0) }
        let live = try await items(pages.map(Key.page), until: Self.ownersDeadline)
        let archived = try await items(months.values.flatMap { $0 }, until: Self.ownersDeadline)
        let after = try await items(pages.map(Key.page), until: Self.ownersDeadline)

        var all: [PageItems] = []
        for (path, page) in zip(paths, pages) {
            guard let item = live[.page(page)].map(PageItem.init(item:)) else { continue }
            if after[.page(page)].map(PageItem.init(item:))?.month == item.month {
                let archives = months[path, default: []].compactMap { archived[$0].map(PageItem.init(item:)) }
                all.append(PageItems(page: page, live: item, archives: archives))
            } else if let items = try await pageItems(of: page) {
                all.append(items)
            }
        }
        return all
    }

    /// - Returns: `nil` when there is no such page.
    func pageItems(of page: Page?) async throws(CallError) -> PageItems? {
        let archives = try await keys(beginningWith: Key.page(page).text + "#")
        let deadline = Self.ownersDeadline
        while true {
            guard let live = try await item(.page(page), until: deadline).map(PageItem.init(item:)) else { return nil }
            let archived = try await items(archives, until: deadline)
            let after = try await item(.page(page), until: deadline).map(PageItem.init(item:))
            guard after?.month != live.month else {
                return PageItems(page: page, live: live, archives: archived.values.map(PageItem.init(item:)))
            }
            guard NIODeadline.now() < deadline else { throw .postponed("the months of a page keep changing") }
        }
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
