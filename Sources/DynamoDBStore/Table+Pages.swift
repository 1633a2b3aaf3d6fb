#if DynamoDB
import Headcount
import NIOCore

// `page#PATH`: the live item of a page, `page#` of the site; `page#PATH#2026-10`: what it had in another month;
// `pages#0` to `pages#15`: the paths of all pages, so that they can be listed by keys alone.

/// What a batch comes to for a page, or for the site.
struct Addition: Sendable {
    /// `nil` for the site.
    var page: Page?
    var count: Tally.Count
}

extension Table {
    /// Adds to a total and to a day, in one write.
    ///
    /// - Returns: the total after it; `nil` for a page that is gone and may not come back.
    /// - Throws: ``CallError/unknown(_:)`` when it may have been added; it is not tried again then.
    func add(
        _ addition: Addition,
        on day: Day,
        maximumPages: Int,
        until deadline: NIODeadline
    ) async throws(CallError) -> Tally.Count? {
        let write = addition.write(table: name, day: day)
        var attempt = 0
        while true {
            do throws(CallError) {
                let output: Write.Output =
                    try await dynamoDB.call(.updateItem, write, isRepeatable: false, until: deadline)
                return PageItem(item: output.attributes ?? [:]).total
            } catch {
                guard case .conditionFailed(let item) = error, NIODeadline.now() < deadline else { throw error }
                do throws(CallError) {
                    if attempt > 0 {
                        guard await dynamoDB.pause(after: attempt, until: deadline) else { throw error }
                    }
                    guard try await prepare(addition.page, item, for: day, maximumPages, until: deadline)
                    else { return nil }
                } catch {
                    throw error.beforeTheFact
                }
            }
            attempt += 1
        }
    }

    /// Brings about what an addition has found wanting: that there is such an item, or that it has the month.
    ///
    /// - Parameter item: what there is.
    /// - Returns: whether the addition may be tried again; not when there are too many pages.
    private func prepare(
        _ page: Page?,
        _ item: Item?,
        for day: Day,
        _ maximumPages: Int,
        until deadline: NIODeadline
    ) async throws(CallError) -> Bool {
        if let item {
            try await turn(PageItem(item: item), of: page, to: day, until: deadline)
            return true
        }
        guard let page else {
            try await makeSite(on: day, until: deadline)
            return true
        }
        return try await !make([page], on: day, maximumPages: maximumPages, until: deadline).isEmpty
    }

    /// Makes pages that are not there yet, in one transaction.
    ///
    /// - Parameter pages: ``pagesAtOnce`` at most.
    /// - Returns: those that are there now; not all, when there are too many others. The first ones come first.
    func make(
        _ pages: [Page],
        on day: Day,
        maximumPages: Int,
        until deadline: NIODeadline
    ) async throws(CallError) -> Set<Page> {
        var made: Set<Page> = []
        var pages = pages
        while !pages.isEmpty {
            let lists = Dictionary(grouping: pages, by: Self.bucket).sorted { $0.key < $1.key }.map(\.value)
            let writes =
                [["Update": room(for: pages.count, of: maximumPages)]]
                + pages.map { ["Put": Write(tableName: name, item: Self.unvisited($0, day)).whenAbsent()] }
                + lists.map { ["Update": listing($0, "ADD")] }
            do throws(CallError) {
                try await transact(writes, until: deadline)
                return made.union(pages)
            } catch {
                guard case .cancelled(let codes) = error, codes.count == writes.count, NIODeadline.now() < deadline
                else { throw error }
                let present = zip(pages, codes.dropFirst()).filter { $1 == "ConditionalCheckFailed" }.map { $0.0 }
                // A list is full: 400 KB of paths, far beyond what should be counted one by one.
                let refused = zip(lists, codes.suffix(lists.count)).filter { $1 == "ValidationError" }.flatMap { $0.0 }
                if !present.isEmpty || !refused.isEmpty {
                    made.formUnion(present)
                    pages.removeAll(where: Set(present + refused).contains)
                } else if codes[0] != "ConditionalCheckFailed" {
                    throw error
                } else if let site = try await item(.page(nil), until: deadline) {
                    // There may be room by now, or for some of them.
                    pages = Array(pages.prefix(max(0, maximumPages - (site["pages"]?.number ?? 0))))
                } else {
                    try await makeSite(on: day, until: deadline)
                }
            }
        }
        return made
    }

    /// How many pages one transaction makes. It may have 100 writes: these, their lists and the site.
    static let pagesAtOnce = 32

    private func room(for count: Int, of maximumPages: Int) -> Write {
        Update(adds: ["pages": .number(count)]).write(table: name, key: .page(nil))
            .when("#pages <= :others", ["pages"], [":others": .number(maximumPages - count)])
    }

    /// All pages there are.
    func pages(until deadline: NIODeadline) async throws(CallError) -> [Page] {
        let lists = try await items((0..<Self.buckets).map(Key.pages), until: deadline)
        return lists.values.flatMap { $0["paths"]?.strings ?? [] }.compactMap { try? Page(path: $0) }
    }

    /// Puts pages on the list that they share, with `ADD`, or takes them off, with `DELETE`.
    func listing(_ pages: [Page], _ action: String) -> Write {
        Write(
            tableName: name,
            key: Key.pages(pages.first.map(Self.bucket) ?? 0).item,
            updateExpression: "\(action) #paths :paths",
            expressionAttributeNames: ["#paths": "paths"],
            expressionAttributeValues: [":paths": .strings(pages.map(\.path))]
        )
    }

    func makeSite(on day: Day, until deadline: NIODeadline) async throws(CallError) {
        let item = Self.unvisited(nil, day).merging(["pages": 0]) { $1 }
        do throws(CallError) {
            try await put(Write(tableName: name, item: item).whenAbsent(), isRepeatable: true, until: deadline)
        } catch {
            guard case .conditionFailed = error else { throw error }
        }
    }

    /// Puts the days of the month that a live item has into an archive, and takes those of `day`'s month out of theirs, if
    /// a clock that went wrong has put them there. One transaction, on the condition that the item is as it was read:
    /// of several who try, one succeeds, and no addition can fall between.
    private func turn(
        _ live: PageItem,
        of page: Page?,
        to day: Day,
        until deadline: NIODeadline
    ) async throws(CallError) {
        let month = Month(day)
        guard live.month != month else { return }
        let before = try await item(.archive(page, month), until: deadline).map(PageItem.init(item:))
        let archive = Key.archive(page, live.month).item.merging(live.days) { $1 }
            .merging(["month": .string("\(live.month)")]) { $1 }

        let restored = before?.days ?? [:]
        let since = min(live.since ?? day, day)
        let update = Update(
            sets: restored.merging(["month": .string("\(month)"), "since": .number(since.number)]) { $1 },
            removes: live.days.keys.filter { restored[$0] == nil }
        ).write(table: name, key: .page(page))

        var writes = [
            ["Put": Write(tableName: name, item: archive)], ["Update": live.isStill(update, count: live.total.count)],
        ]
        if before != nil {
            let delete = Write(tableName: name, key: Key.archive(page, month).item)
            writes.append(["Delete": delete.when("attribute_exists(#pk)", ["pk"])])
        }
        do throws(CallError) {
            try await transact(writes, until: deadline)
        } catch {
            guard case .cancelled = error else { throw error }
        }
    }

    private static func unvisited(_ page: Page?, _ day: Day) -> Item {
        Key.page(page).item.merging(["count": 0, "uniq": 0, "month": .string("\(Month(day))")]) { $1 }
    }

    private static let buckets = 16

    /// FNV-1a (Fowler, Noll and Vo), the same in every process.
    private static func bucket(of page: Page) -> Int {
        let hash = page.path.utf8.reduce(2_166_136_261 as UInt32) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return Int(hash) % buckets
    }
}

extension Addition {
    fileprivate func write(table: String, day: Day) -> Write {
        let (visits, visitors) = (PageItem.visits(on: day), PageItem.visitors(on: day))
        return Write(
            tableName: table,
            key: Key.page(page).item,
            updateExpression: "ADD #count :count, #uniq :uniq, #\(visits) :count, #\(visitors) :uniq"
                + " SET #since = if_not_exists(#since, :day)",
            expressionAttributeValues: [
                ":count": .number(count.count), ":uniq": .number(count.unique), ":day": .number(day.number),
            ],
            returnValues: "ALL_NEW"
        ).when(
            "#month = :month",
            ["count", "uniq", visits, visitors, "since", "month"],
            [":month": .string("\(Month(day))")]
        )
        .tellingWhatIsThere()
    }
}
#endif
