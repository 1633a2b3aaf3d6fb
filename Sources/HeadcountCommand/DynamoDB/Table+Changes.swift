#if DynamoDB
import DynamoDBStore
import Headcount

// The owner's changes: one page at a time, in transactions that keep its total and its days consistent. Visits may be
// counted at the same time, so numbers are added to the present ones, on the condition that the item's month has not
// changed. Run an interrupted change again to complete it.

/// What an import has added to a page so far: `receipt#HASH#PATH`, written in the same transaction as the numbers.
struct PageReceipt: Sendable {
    let key: Key
    /// Empty for a missing receipt.
    let added: History
    /// How many transactions have added to the page.
    let parts: Int
}

extension Key {
    /// A record of something that was imported.
    static func receipt(_ name: String) -> Key { Key(text: "receipt#\(name)") }

    /// What an import has added to a page.
    static func receipt(import token: String, _ page: Page?) -> Key {
        Key(text: "receipt#\(token)#\(page?.path ?? "")")
    }
}

extension Table {
    /// A transaction has at most a hundred items (“TransactWriteItems”): these months, the live item, a month of receipts.
    private static let monthsAtOnce = 60

    func pageReceipts(of pages: [Page?], import token: String) async throws(CallError) -> [PageReceipt] {
        let keys = pages.map { Key.receipt(import: token, $0) }
        let items = try await items(keys)
        return zip(keys, pages).map { key, page in
            let added = History(page: page, lines: items[key]?["added"]?.strings ?? [])
            return PageReceipt(key: key, added: added, parts: items[key]?["parts"]?.number ?? 0)
        }
    }

    /// Adds to a page, or to the site, what an import has not added to it yet. Creates a missing page.
    ///
    /// - Parameter receipts: those of the whole import, written with the last part; `nil` while other pages follow.
    /// - Returns: `false` when another command changed the receipts, and the last part was not added.
    func add(_ history: History, import token: String, receipts: [Receipt]?) async throws(CallError) -> Bool {
        while true {
            let receipt = try await pageReceipts(of: [history.page], import: token)[0]
            let missing = history.difference(from: receipt.added)
            if missing.isEmpty, receipts == nil { return true }
            guard let live = try await item(.page(history.page)).map(PageItem.init(item:)) else {
                let day = history.days.last?.day ?? today
                if let page = history.page {
                    _ = try await create([page], on: day)
                } else {
                    try await createSite(on: day)
                }
                continue
            }
            let (part, rest) = missing.split(afterMonths: Self.monthsAtOnce)
            let last = rest.isEmpty ? receipts : nil
            let recorded = last?.map(put) ?? [put(receipt, adding: history.difference(from: rest))]
            let codes = try await transact(additions(of: part, to: live) + recorded)
            guard let last else { continue }
            if codes.isEmpty { return true }
            if codes.suffix(last.count).contains("ConditionalCheckFailed") { return false }
        }
    }

    /// Writes what was added to a page, unless another command has added to it meanwhile.
    private func put(_ receipt: PageReceipt, adding added: History) -> Message {
        let put = put(receipt.key, ["added": .strings(added.lines), "parts": .number(receipt.parts + 1)])
        return receipt.parts == 0 ? put.whenAbsent() : put.when("#parts = :was", ["was": .number(receipt.parts)])
    }

    private func put(_ receipt: Receipt) -> Message {
        let put = put(.receipt(receipt.name), ["value": .string(receipt.new)])
        return receipt.old.map { put.when("#value = :old", ["old": .string($0)]) } ?? put.whenAbsent()
    }

    /// - Parameter live: the item as it was read; if it changes before the transaction, nothing is added.
    private func additions(of history: History, to live: PageItem) -> [Message] {
        let months = Dictionary(grouping: history.days) { Month($0.day) }
        let total = PageItem.attributes(of: history.total).merging(["changes": .number(1)]) { $1 }
        let since = [live.since, history.days.first?.day].compactMap { $0 }.min()
        let change = update(
            .page(history.page),
            add: total.merging(PageItem.attributes(of: months[live.month] ?? [])) { $1 },
            set: since.map { ["since": .number($0.number)] } ?? [:]
        )
        let archives = months.filter { $0.key != live.month }.map { month, days in
            update(
                .archive(history.page, month),
                add: PageItem.attributes(of: days).merging(PageItem.attributes(of: days.sum)) { $1 },
                set: ["month": .string("\(month)")]
            )
        }
        return [live.ifUnchanged(change)] + archives
    }

    /// Removes a page with all its months, the oldest first.
    ///
    /// - Returns: whether it existed.
    func remove(_ page: Page) async throws(CallError) -> Bool {
        while let items = try await pageItems(of: [page]).first {
            let months = items.archives.map(\.month).sorted().prefix(Self.monthsAtOnce)
            let archives = months.map { delete(.archive(page, $0)) }
            let isLast = months.count == items.archives.count
            let pageItself = [
                items.live.ifUnchanged(delete(.page(page))),
                update(.list(of: page), delete: ["paths": .strings([page.path])]),
                update(.page(nil), add: ["pages": .number(-1)]),
            ]
            let codes = try await transact(archives + (isLast ? pageItself : []))
            if isLast, codes.isEmpty { return true }
        }
        return false
    }

    /// Removes the days before `day` from a page, or from the site. They stay in the total.
    func prune(before day: Day, of page: Page?) async throws(CallError) {
        while let items = try await pageItems(of: [page]).first,
            items.history.days.contains(where: { $0.day < day })
        {
            let old = items.archives.filter { archive in archive.dayCounts.contains { $0.day < day } }
                .sorted { $0.month < $1.month }.prefix(Self.monthsAtOnce)
            let archives = old.map { archive in
                let key = Key.archive(page, archive.month)
                guard archive.dayCounts.contains(where: { $0.day >= day }) else { return delete(key) }
                let pruned = archive.dayCounts.filter { $0.day < day }.sum
                return update(
                    key,
                    add: PageItem.attributes(of: .zero - pruned),
                    remove: archive.attributes(before: day)
                )
            }
            let pruned = Set((old + [items.live]).flatMap(\.dayCounts).map(\.day).filter { $0 < day })
            let since = items.history.days.map(\.day).first { !pruned.contains($0) }
            let change = update(
                .page(page),
                add: ["changes": .number(1)],
                set: since.map { ["since": .number($0.number)] } ?? [:],
                remove: items.live.attributes(before: day) + (since == nil ? ["since"] : [])
            )
            _ = try await transact(archives + [items.live.ifUnchanged(change)])
        }
    }
}

extension PageItem {
    /// The attributes of days of one month.
    fileprivate static func attributes(of days: [Statistics.DayCount]) -> Item {
        days.reduce(into: [:]) { $0.merge(attributes(of: $1)) { $1 } }
    }

    /// The names of the attributes of the days before `day`.
    fileprivate func attributes(before day: Day) -> [String] {
        dayCounts.filter { $0.day < day }.flatMap { Self.names(on: $0.day) }
    }
}

extension History {
    /// The format in receipts: `COUNT UNIQUE` from before the days, then `DAY COUNT UNIQUE CRAWLERS PREFETCHES IGNORED`
    /// for each day.
    fileprivate var lines: [String] {
        ["\(before.count) \(before.unique)"]
            + days.map { day in
                let leftOut = "\(day.leftOut.crawlers) \(day.leftOut.prefetches) \(day.leftOut.ignored)"
                return "\(day.day.number) \(day.count.count) \(day.count.unique) \(leftOut)"
            }
    }

    fileprivate init(page: Page?, lines: [String]) {
        self.init(page: page)
        for numbers in lines.map({ $0.split(separator: " ").compactMap { Int($0) } }) {
            if numbers.count == 2 {
                before = Tally.Count(count: numbers[0], unique: numbers[1])
            } else if numbers.count == 6 {
                let leftOut = LeftOut(crawlers: numbers[3], prefetches: numbers[4], ignored: numbers[5])
                let count = Tally.Count(count: numbers[1], unique: numbers[2])
                days.append(.init(day: Day(number: numbers[0]), count: count, leftOut: leftOut))
            }
        }
    }

    fileprivate func split(afterMonths number: Int) -> (part: History, rest: History) {
        let months = Set(Set(days.map { Month($0.day) }).sorted().prefix(number))
        let first = days.prefix { months.contains(Month($0.day)) }
        return (
            History(page: page, before: before, days: Array(first)),
            History(page: page, days: Array(days.dropFirst(first.count)))
        )
    }
}
#endif
