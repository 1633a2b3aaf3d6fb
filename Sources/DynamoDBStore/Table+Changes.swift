#if DynamoDB
import Headcount

// What an owner changes, a page at a time, in transactions that keep its total and its days in agreement. Visits may come
// at the same time: numbers are added to what is there, on the condition that the item's month is as it was read. Whatever
// is interrupted is completed by doing it again.

/// What an import has added so far to a page: `receipt#HASH#PATH`, written in the same transaction as the numbers.
struct PageReceipt: Sendable {
    let key: Key
    /// Nothing, where there is none.
    let added: History
    /// How many transactions have added to the page.
    let parts: Int
}

extension Table {
    /// DynamoDB takes a hundred items in a transaction (“TransactWriteItems”): these, the live item and a month's receipts.
    private static let monthsAtOnce = 60

    func pageReceipts(of pages: [Page?], import token: String) async throws(CallError) -> [PageReceipt] {
        let keys = pages.map { Key.receipt(import: token, $0) }
        let items = try await items(keys)
        return zip(keys, pages).map { key, page in
            let added = History(page: page, lines: items[key]?["added"]?.strings ?? [])
            return PageReceipt(key: key, added: added, parts: items[key]?["parts"]?.number ?? 0)
        }
    }

    /// Adds to a page, or to the site, what an import has not added to it yet. Makes the page if need be.
    ///
    /// - Parameter receipts: the import's own, written with the last part; `nil` while other pages are to come.
    /// - Returns: `false` when the receipts are no longer what they were, and the last part was not added.
    func add(_ history: History, import token: String, receipts: [Receipt]?) async throws(CallError) -> Bool {
        while true {
            let receipt = try await pageReceipts(of: [history.page], import: token)[0]
            let missing = history.difference(from: receipt.added)
            if missing.isEmpty, receipts == nil { return true }
            guard let live = try await item(.page(history.page)).map(PageItem.init(item:)) else {
                let day = history.days.last?.day ?? Day(containing: dynamoDB.now())
                if let page = history.page {
                    _ = try await make([page], on: day)
                } else {
                    try await makeSite(on: day)
                }
                continue
            }
            let (part, rest) = missing.split(afterMonths: Self.monthsAtOnce)
            let last = rest.isEmpty ? receipts : nil
            let proofs = last?.map(put) ?? [put(receipt, adding: history.difference(from: rest))]
            let codes = try await transact(additions(of: part, to: live) + proofs)
            guard let last else { continue }
            if codes.isEmpty { return true }
            if codes.suffix(last.count).contains("ConditionalCheckFailed") { return false }
        }
    }

    /// Puts what has been added to a page by now, unless another command did meanwhile.
    private func put(_ receipt: PageReceipt, adding added: History) -> Message {
        let put = put(receipt.key, ["added": .strings(added.lines), "parts": .number(receipt.parts + 1)])
        return receipt.parts == 0 ? put.whenAbsent() : put.when("#parts = :was", ["was": .number(receipt.parts)])
    }

    private func put(_ receipt: Receipt) -> Message {
        let put = put(.receipt(receipt.name), ["value": .string(receipt.new)])
        return receipt.old.map { put.when("#value = :old", ["old": .string($0)]) } ?? put.whenAbsent()
    }

    /// - Parameter live: the item as it was read; if it is another one by then, nothing is added.
    private func additions(of history: History, to live: PageItem) -> [Message] {
        let months = Dictionary(grouping: history.days) { Month($0.day) }
        let total: Item = [
            "count": .number(history.total.count), "uniq": .number(history.total.unique), "changes": .number(1),
        ]
        let firstDay = history.days.first { $0.count.count > 0 }?.day
        let since = [live.since, firstDay].compactMap { $0 }.min()
        let change = update(
            .page(history.page),
            add: total.merging(PageItem.attributes(of: months[live.month] ?? [])) { $1 },
            set: since.map { ["since": .number($0.number)] } ?? [:]
        )
        let archives = months.filter { $0.key != live.month }.map { month, days in
            update(
                .archive(history.page, month),
                add: PageItem.attributes(of: days),
                set: ["month": .string("\(month)")]
            )
        }
        return [live.isStill(change)] + archives
    }

    /// Removes a page with all its months, the oldest first.
    ///
    /// - Returns: whether it was there.
    func remove(_ page: Page) async throws(CallError) -> Bool {
        while let items = try await pageItems(of: [page]).first {
            let months = items.archives.map(\.month).sorted().prefix(Self.monthsAtOnce)
            let archives = months.map { delete(.archive(page, $0)) }
            let isLast = months.count == items.archives.count
            let pageItself = [
                items.live.isStill(delete(.page(page))),
                update(.list(of: page), delete: ["paths": .strings([page.path])]),
                update(.page(nil), add: ["pages": .number(-1)]),
            ]
            let codes = try await transact(archives + (isLast ? pageItself : []))
            if isLast, codes.isEmpty { return true }
        }
        return false
    }

    /// Takes the days before one out of a page, or of the site; they stay in its total.
    func forget(before day: Day, of page: Page?) async throws(CallError) {
        while let items = try await pageItems(of: [page]).first,
            items.history.days.contains(where: { $0.day < day })
        {
            let old = items.archives.filter { archive in archive.ofDays.contains { $0.day < day } }
                .sorted { $0.month < $1.month }.prefix(Self.monthsAtOnce)
            let archives = old.map { archive in
                archive.ofDays.allSatisfy { $0.day < day }
                    ? delete(.archive(page, archive.month))
                    : update(.archive(page, archive.month), remove: archive.attributes(before: day))
            }
            let forgotten = Set((old + [items.live]).flatMap(\.ofDays).map(\.day).filter { $0 < day })
            let since = items.history.days.map(\.day).first { !forgotten.contains($0) }
            let change = update(
                .page(page),
                add: ["changes": .number(1)],
                set: since.map { ["since": .number($0.number)] } ?? [:],
                remove: items.live.attributes(before: day) + (since == nil ? ["since"] : [])
            )
            _ = try await transact(archives + [items.live.isStill(change)])
        }
    }
}

extension PageItem {
    /// Numbers of days of one month.
    fileprivate static func attributes(of days: [Statistics.OfDay]) -> Item {
        var item: Item = [:]
        for day in days {
            item[visits(on: day.day)] = .number(day.count.count)
            item[visitors(on: day.day)] = .number(day.count.unique)
        }
        return item
    }

    /// The names of its attributes of days before one.
    fileprivate func attributes(before day: Day) -> [String] {
        Array(Self.attributes(of: ofDays.filter { $0.day < day }).keys)
    }

    /// Under the condition that its month is as it was read, and that no owner has changed it or its archives since.
    ///
    /// - Parameter count: which the total must still be, so that no visit has come either.
    func isStill(_ write: Message, count: Int? = nil) -> Message {
        var condition = "#month = :is"
        var values: Item = ["is": .string("\(month)")]
        for name in ["since", "changes"] {
            condition += item[name] == nil ? " AND attribute_not_exists(#\(name))" : " AND #\(name) = :was\(name)"
            values["was\(name)"] = item[name]
        }
        if let count {
            condition += " AND #count = :wascount"
            values["wascount"] = .number(count)
        }
        return write.when(condition, values)
    }
}

extension History {
    /// As receipts keep it: `COUNT UNIQUE` of what came before the days, `DAY COUNT UNIQUE` of each day.
    fileprivate var lines: [String] {
        ["\(before.count) \(before.unique)"] + days.map { "\($0.day.number) \($0.count.count) \($0.count.unique)" }
    }

    fileprivate init(page: Page?, lines: [String]) {
        self.init(page: page)
        for numbers in lines.map({ $0.split(separator: " ").compactMap { Int($0) } }) where numbers.count > 1 {
            let count = Tally.Count(count: numbers[numbers.count - 2], unique: numbers[numbers.count - 1])
            if numbers.count == 2 {
                before = count
            } else {
                days.append(.init(day: Day(number: numbers[0]), count: count))
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
