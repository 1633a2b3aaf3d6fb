#if DynamoDB
import Headcount
import NIOCore

// What an owner changes, a page at a time, in transactions that keep its total and its days in agreement. Visits may come
// at the same time: numbers are added to what is there, on the condition that the item's month is as it was read. Whatever
// is interrupted is completed by doing it again.

/// What an import has added so far to a page: `receipt#HASH#PATH`, written in the same transaction as the numbers.
struct PageReceipt: Sendable {
    let key: Key
    let page: Page?
    /// Nothing, where there is none.
    let added: History
    /// How many transactions have added to the page.
    let parts: Int

    init(key: Key, page: Page?, item: Item?) {
        self.key = key
        self.page = page
        added = History(page: page, lines: item?["added"]?.strings ?? [])
        parts = item?["parts"]?.number ?? 0
    }

    /// Puts what has been added by now, unless somebody else did meanwhile.
    func write(added: History, table: String) -> [String: Write] {
        let item = key.item.merging(["added": .strings(added.lines), "parts": .number(parts + 1)]) { $1 }
        let put = Write(tableName: table, item: item)
        return ["Put": parts == 0 ? put.whenAbsent() : put.when("#parts = :was", ["parts"], [":was": .number(parts)])]
    }
}

extension Receipt {
    fileprivate func write(table: String) -> [String: Write] {
        let put = Write(tableName: table, item: Key.receipt(name).item.merging(["value": .string(new)]) { $1 })
        return ["Put": old.map { put.when("#value = :old", ["value"], [":old": .string($0)]) } ?? put.whenAbsent()]
    }
}

extension Table {
    /// DynamoDB takes a hundred items in a transaction (“TransactWriteItems”): these, the live item and a month's receipts.
    private static let monthsAtOnce = 60

    func pageReceipts(of pages: [Page?], import token: String) async throws(CallError) -> [PageReceipt] {
        let keys = pages.map { Key.receipt(import: token, $0) }
        let items = try await items(keys, until: Self.ownersDeadline)
        return zip(keys, pages).map { PageReceipt(key: $0, page: $1, item: items[$0]) }
    }

    /// Adds to a page, or to the site, what an import has not added to it yet. Makes the page if need be.
    ///
    /// - Parameter receipts: the import's own, written with the last part; `nil` while other pages are to come.
    /// - Returns: `false` when the receipts are no longer what they were, and the last part was not added.
    func add(_ history: History, import token: String, receipts: [Receipt]?) async throws(CallError) -> Bool {
        let end = Self.ownersEnd
        while true {
            let receipt = try await pageReceipts(of: [history.page], import: token)[0]
            let missing = history.difference(from: receipt.added)
            if missing.isEmpty, receipts == nil { return true }
            let (part, rest) = missing.split(afterMonths: Self.monthsAtOnce)
            guard let live = try await item(.page(history.page), until: Self.ownersDeadline).map(PageItem.init(item:))
            else {
                let day = history.days.last?.day ?? Day(containing: dynamoDB.now())
                if let page = history.page {
                    _ = try await make([page], on: day, maximumPages: .max, until: Self.ownersDeadline)
                } else {
                    try await makeSite(on: day, until: Self.ownersDeadline)
                }
                continue
            }
            let last = rest.isEmpty ? receipts : nil
            let ends =
                last.map { $0.map { $0.write(table: name) } }
                ?? [receipt.write(added: history.difference(from: rest), table: name)]
            do throws(CallError) {
                try await transact(additions(of: part, to: live) + ends, until: Self.ownersDeadline)
                if last != nil { return true }
            } catch {
                guard case .cancelled(let codes) = error, NIODeadline.now() < end else { throw error }
                if let last, codes.suffix(last.count).contains("ConditionalCheckFailed") { return false }
            }
        }
    }

    /// - Parameter live: the item as it was read; if it is another one by then, nothing is added.
    private func additions(of history: History, to live: PageItem) -> [[String: Write]] {
        let months = Dictionary(grouping: history.days) { Month($0.day) }
        let firstDay = history.days.first { $0.count.count > 0 }?.day
        var update = Update(adds: PageItem.attributes(of: months[live.month] ?? []))
        update.adds["count"] = .number(history.total.count)
        update.adds["uniq"] = .number(history.total.unique)
        update.adds["changes"] = 1
        update.sets["since"] = [live.since, firstDay].compactMap { $0 }.min().map { .number($0.number) }
        let archives = months.filter { $0.key != live.month }.map { month, days in
            let update = Update(adds: PageItem.attributes(of: days), sets: ["month": .string("\(month)")])
            return ["Update": update.write(table: name, key: .archive(history.page, month))]
        }
        return [["Update": live.isStill(update.write(table: name, key: .page(history.page)))]] + archives
    }

    /// Removes a page with all its months, the oldest first.
    ///
    /// - Returns: whether it was there.
    func remove(_ page: Page) async throws(CallError) -> Bool {
        let end = Self.ownersEnd
        while let items = try await pageItems(of: [page]).first {
            let months = items.archives.map(\.month).sorted().prefix(Self.monthsAtOnce)
            let archives = months.map { ["Delete": Write(tableName: name, key: Key.archive(page, $0).item)] }
            let isLast = months.count == items.archives.count
            let pageItself = [
                ["Delete": items.live.isStill(Write(tableName: name, key: Key.page(page).item))],
                ["Update": listing([page], "DELETE")],
                ["Update": Update(adds: ["pages": -1]).write(table: name, key: .page(nil))],
            ]
            do throws(CallError) {
                try await transact(archives + (isLast ? pageItself : []), until: Self.ownersDeadline)
                if isLast { return true }
            } catch {
                guard case .cancelled = error, NIODeadline.now() < end else { throw error }
            }
        }
        return false
    }

    /// Takes the days before one out of a page; they stay in its total.
    func forget(before day: Day, of items: PageItems) async throws(CallError) {
        let end = Self.ownersEnd
        var read: PageItems? = items
        while let items = read, items.history.days.contains(where: { $0.day < day }) {
            let old = items.archives.filter { archive in archive.ofDays.contains { $0.day < day } }
                .sorted { $0.month < $1.month }.prefix(Self.monthsAtOnce)
            let archives = old.map { archive in
                let key = Key.archive(items.page, archive.month)
                return archive.ofDays.allSatisfy { $0.day < day }
                    ? ["Delete": Write(tableName: name, key: key.item)]
                    : ["Update": Update(removes: archive.attributes(before: day)).write(table: name, key: key)]
            }
            let forgotten = Set((old + [items.live]).flatMap(\.ofDays).map(\.day).filter { $0 < day })
            var update = Update(adds: ["changes": 1], removes: items.live.attributes(before: day))
            if let since = items.history.days.map(\.day).first(where: { !forgotten.contains($0) }) {
                update.sets["since"] = .number(since.number)
            } else {
                update.removes.append("since")
            }
            let live = items.live.isStill(update.write(table: name, key: .page(items.page)))
            do throws(CallError) {
                try await transact(archives + [["Update": live]], until: Self.ownersDeadline)
            } catch {
                guard case .cancelled = error, NIODeadline.now() < end else { throw error }
            }
            read = try await pageItems(of: [items.page]).first
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
    func isStill(_ write: Write, count: Int? = nil) -> Write {
        var condition = "#month = :is"
        var values: Item = [":is": .string("\(month)")]
        for name in ["since", "changes"] {
            condition += item[name] == nil ? " AND attribute_not_exists(#\(name))" : " AND #\(name) = :was\(name)"
            values[":was\(name)"] = item[name]
        }
        if let count {
            condition += " AND #count = :wascount"
            values[":wascount"] = .number(count)
        }
        return write.when(condition, ["month", "since", "changes"] + (count == nil ? [] : ["count"]), values)
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
