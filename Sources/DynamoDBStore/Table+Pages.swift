#if DynamoDB
import Headcount

// `page#PATH`: the live item of a page; `page#`: that of the site; `page#PATH#2026-10`: the page's days in another
// month; `pages#0` to `pages#15`: the paths of all pages.

extension Table {
    /// Adds to a day and to the total in one write.
    ///
    /// - Parameter page: `nil` for the site.
    /// - Returns: the new total; `nil` if the page was removed meanwhile and there is no room for it now.
    /// - Throws: ``CallError/unknown(_:)`` if the numbers may have been added; then there is no retry.
    func add(_ addition: Statistics.DayCount, to page: Page?) async throws(CallError) -> Tally.Count? {
        let (day, count) = (addition.day, addition.count)
        var total = PageItem.attributes(of: count)
        // Without a visit, this detects the change where others compare the total; see `rollOverMonth`.
        if count == .zero { total["changes"] = .number(1) }
        var write = update(
            .page(page),
            add: total.merging(PageItem.attributes(of: addition)) { $1 },
            initial: ["since": .number(day.number)]
        )
        .when("#month = :month", ["month": .string("\(Month(day))")])
        write.returnValues = "ALL_NEW"
        write.returnValuesOnConditionCheckFailure = "ALL_OLD"
        while true {
            do throws(CallError) {
                return PageItem(item: try await perform(write).attributes ?? [:]).total
            } catch {
                guard case .conditionFailed(let item) = error else { throw error }
                do throws(CallError) {
                    guard try await prepare(page, item, for: day) else { return nil }
                } catch {
                    // Even if the preparation took effect, nothing was added.
                    throw error.hadNoEffect ? error : .retryable("\(error)")
                }
            }
        }
    }

    /// Creates the item, or moves it to the day's month, so that a visit can be added.
    ///
    /// - Parameter item: the current item.
    /// - Returns: `false` if the page limit is reached.
    private func prepare(_ page: Page?, _ item: Item?, for day: Day) async throws(CallError) -> Bool {
        if let item {
            try await rollOverMonth(of: page, PageItem(item: item), to: day)
        } else if let page {
            return try await !create([page], on: day).isEmpty
        } else {
            try await createSite(on: day)
        }
        return true
    }

    /// Creates missing pages in one transaction.
    ///
    /// - Parameter pages: at most ``pagesPerTransaction``.
    /// - Returns: the pages that exist now. If there is no room for all, the first ones are created.
    package func create(_ pages: [Page], on day: Day) async throws(CallError) -> Set<Page> {
        var created: Set<Page> = []
        var pages = pages
        while !pages.isEmpty {
            let room = update(.page(nil), add: ["pages": .number(pages.count)])
                .when("#pages <= :others", ["others": .number(maximumPages - pages.count)])
            let puts = pages.map { put(.page($0), Self.unvisited(day)).whenAbsent() }
            let lists = Dictionary(grouping: pages, by: Key.list).map { list, pages in
                update(list, add: ["paths": .strings(pages.map(\.path))])
            }
            let codes = try await transact([room] + puts + lists)
            if codes.isEmpty { return created.union(pages) }
            let present = zip(pages, codes.dropFirst()).filter { $1 == "ConditionalCheckFailed" }.map { $0.0 }
            if !present.isEmpty {
                created.formUnion(present)
                pages.removeAll(where: present.contains)
            } else if codes[0] != "ConditionalCheckFailed" {
                // A list is full: 400 KB of paths.
                return created
            } else if let site = try await item(.page(nil)) {
                // There may be room for some of them.
                pages = Array(pages.prefix(max(0, maximumPages - (site["pages"]?.number ?? 0))))
            } else {
                try await createSite(on: day)
            }
        }
        return created
    }

    /// How many pages one transaction creates. It may have 100 writes: pages, lists and the site.
    static let pagesPerTransaction = 32

    /// All pages.
    package func pages() async throws(CallError) -> [Page] {
        try await items(Key.lists).values.flatMap { $0["paths"]?.strings ?? [] }.compactMap { try? Page(path: $0) }
    }

    package func createSite(on day: Day) async throws(CallError) {
        do throws(CallError) {
            try await perform(put(.page(nil), Self.unvisited(day).merging(["pages": .number(0)]) { $1 }).whenAbsent())
        } catch {
            guard case .conditionFailed = error else { throw error }
        }
    }

    /// Moves the days of a live item into the archive of their month, and restores the days of `day`'s month from its
    /// archive, which exists if a clock was wrong. One transaction does this on the condition that the item has not
    /// changed, so if several processes try, one succeeds and no visit is lost.
    private func rollOverMonth(of page: Page?, _ live: PageItem, to day: Day) async throws(CallError) {
        let month = Month(day)
        guard live.month != month else { return }
        let before = try await item(.archive(page, month)).map(PageItem.init(item:))
        let restored = before?.days ?? [:]
        let since = min(live.since ?? day, day)
        let update = update(
            .page(page),
            set: restored.merging(["month": .string("\(month)"), "since": .number(since.number)]) { $1 },
            remove: live.days.keys.filter { restored[$0] == nil }
        )
        let archive = live.days.merging(PageItem.attributes(of: live.sum())) { $1 }
            .merging(["month": .string("\(live.month)")]) { $1 }
        var writes = [put(.archive(page, live.month), archive), live.ifUnchanged(update, count: live.total.count)]
        if before != nil { writes.append(delete(.archive(page, month)).when("attribute_exists(#pk)")) }
        _ = try await transact(writes)
    }

    private static func unvisited(_ day: Day) -> Item {
        ["count": .number(0), "uniq": .number(0), "month": .string("\(Month(day))")]
    }
}
#endif
