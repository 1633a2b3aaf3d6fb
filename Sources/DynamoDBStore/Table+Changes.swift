#if DynamoDB
import Headcount
import NIOCore

// What an owner changes, a page at a time, in transactions that leave its total and its days in agreement. Visits may come
// at the same time: everything is added to what is there, on the condition that the item's month is as it was read.

extension Table {
    /// The most months that one transaction changes: DynamoDB takes a hundred items (“TransactWriteItems”).
    private static let monthsAtOnce = 90

    /// Adds to a page, or to the site, and makes it if need be.
    ///
    /// - Parameters:
    ///   - plan: nothing is added any more once it is gone.
    ///   - changes: how often an owner must have changed the page before; `nil` where that is all one.
    ///   - mark: what the item is marked with by each transaction, by its number and whether it is the last. What is
    ///     marked so already is not added to again.
    /// - Returns: whether the page has it all; not when it was changed otherwise.
    func add(
        _ history: History,
        by plan: Plan,
        onto changes: Int? = nil,
        mark: @Sendable (_ part: Int, _ isLast: Bool) -> String?
    ) async throws(CallError) -> Bool {
        var months: [Month: [Statistics.OfDay]] = [:]
        for day in history.days { months[Month(day.day), default: []].append(day) }
        var rest = months.sorted { $0.key < $1.key }.map { (month: $0.key, days: $0.value) }[...]
        var before = history.before
        var part = 0
        repeat {
            let chosen = rest.prefix(Self.monthsAtOnce)
            rest = rest.dropFirst(Self.monthsAtOnce)
            let marks = (0..<part).compactMap { mark($0, false) }
            let change = Change(
                page: history.page,
                before: before,
                months: Array(chosen),
                mark: mark(part, rest.isEmpty),
                marks: marks
            )
            guard try await add(change, by: plan, onto: changes.map { $0 + part }) else { return false }
            before = .zero
            part += 1
        } while !rest.isEmpty
        return true
    }

    private func add(_ change: Change, by plan: Plan, onto changes: Int?) async throws(CallError) -> Bool {
        let end = Self.ownersEnd
        while true {
            guard let live = try await item(.page(change.page), until: Self.ownersDeadline).map(PageItem.init(item:))
            else {
                let day = change.lastDay ?? Day(containing: dynamoDB.now())
                if let page = change.page {
                    _ = try await make([page], on: day, maximumPages: .max, until: Self.ownersDeadline)
                } else {
                    try await makeSite(on: day, until: Self.ownersDeadline)
                }
                continue
            }
            if let mark = change.mark, live.marks.contains(mark) { return true }
            if let changes, live.changes != changes { return false }
            do throws(CallError) {
                let check = [["ConditionCheck": plan.isThere(table: name)]]
                try await transact(check + change.writes(table: name, live: live), until: Self.ownersDeadline)
                return true
            } catch {
                // Another month, or an earlier first day, than was read; or the plan is done, by another command.
                guard case .cancelled(let codes) = error, NIODeadline.now() < end else { throw error }
                if codes.first == "ConditionalCheckFailed" { return true }
            }
        }
    }

    /// Removes a page with all its months.
    ///
    /// - Parameter plan: which the removal is part of. Otherwise it waits for the one that there is, which could add months
    ///   to the page that are not seen here.
    /// - Returns: whether it was there.
    func remove(_ items: PageItems, by plan: Plan? = nil) async throws(CallError) -> Bool {
        guard let page = items.page else { return false }
        let end = Self.ownersEnd
        let check = ["ConditionCheck": plan?.isThere(table: name) ?? Plan.isAbsent(table: name)]
        var read: PageItems? = items
        while let items = read {
            let first = items.archives.prefix(Self.monthsAtOnce).map { archive in
                ["Delete": Write(tableName: name, key: Key.archive(page, archive.month).item)]
            }
            let isLast = items.archives.count <= Self.monthsAtOnce
            let unlisted = [
                ["Delete": items.live.isStill(Write(tableName: name, key: Key.page(page).item))],
                ["Update": listing([page], "DELETE")],
                [
                    "Update": Write(
                        tableName: name,
                        key: Key.page(nil).item,
                        updateExpression: "ADD #pages :less",
                        expressionAttributeNames: ["#pages": "pages"],
                        expressionAttributeValues: [":less": -1]
                    )
                ],
            ]
            do throws(CallError) {
                try await transact([check] + first + (isLast ? unlisted : []), until: Self.ownersDeadline)
                if isLast { return true }
            } catch {
                guard case .cancelled(let codes) = error, NIODeadline.now() < end else { throw error }
                if codes.first == "ConditionalCheckFailed" {
                    guard plan == nil else { return false }
                    try await Plan.finish(in: self)
                }
            }
            read = try await pageItems(of: [page]).first
        }
        return false
    }

    /// Takes the days before one out of a page; they stay in its total. It waits for a plan, as a removal does.
    func forget(before day: Day, of items: PageItems) async throws(CallError) {
        let end = Self.ownersEnd
        var read: PageItems? = items
        while let items = read, items.history.days.contains(where: { $0.day < day }) {
            var isLast = items.archives.count < Self.monthsAtOnce
            do throws(CallError) {
                let writes = items.forgetting(before: day, at: Self.monthsAtOnce, table: name)
                try await transact(
                    [["ConditionCheck": Plan.isAbsent(table: name)]] + writes,
                    until: Self.ownersDeadline
                )
            } catch {
                guard case .cancelled(let codes) = error, NIODeadline.now() < end else { throw error }
                if codes.first == "ConditionalCheckFailed" { try await Plan.finish(in: self) }
                isLast = false
            }
            read = isLast ? nil : try await pageItems(of: [items.page]).first
        }
    }
}

extension PageItems {
    /// The writes that take the oldest days before one out, of so many months at most.
    fileprivate func forgetting(before day: Day, at most: Int, table: String) -> [[String: Write]] {
        let old = archives.filter { archive in archive.ofDays.contains { $0.day < day } }
            .sorted { $0.month < $1.month }.prefix(most)
        // Where older months are left, the younger ones wait.
        let isLast = old.count < most
        let limit = isLast ? day : min(day, old.last.flatMap { $0.ofDays.map(\.day).max() }?.advanced(by: 1) ?? day)
        let writes = old.map { archive in
            let write = Write(tableName: table, key: Key.archive(page, archive.month).item)
            return archive.ofDays.allSatisfy { $0.day < limit }
                ? ["Delete": write] : ["Update": archive.withoutDays(before: limit, write)]
        }
        let since = history.days.map(\.day).first { $0 >= limit }
        let live = live.withoutDays(before: limit, Write(tableName: table, key: Key.page(page).item))
        return writes + [["Update": self.live.isStill(live).withSince(since).countingChange()]]
    }
}

/// What is added to a page in one transaction.
private struct Change {
    var page: Page?
    var before: Tally.Count
    var months: [(month: Month, days: [Statistics.OfDay])]
    var mark: String?
    /// Those of the transactions before it.
    var marks: [String]

    var lastDay: Day? { months.last?.days.last?.day }

    private var firstDay: Day? { months.flatMap(\.days).filter { $0.count.count > 0 }.map(\.day).min() }

    private var total: Tally.Count { before + months.flatMap(\.days).sum }

    func writes(table: String, live: PageItem) -> [[String: Write]] {
        var update = Addend(total: total)
        for day in months.first(where: { $0.month == live.month })?.days ?? [] { update.add(day) }
        let since = [live.since, firstDay].compactMap { $0 }.min()
        let write = update.write(
            table: table,
            key: .page(page),
            setting: (since.map { ["since": .number($0.number)] } ?? [:])
                // Marks of plans that are done go.
                .merging(mark.map { ["marks": .strings(marks + [$0])] } ?? [:]) { $1 }
        )
        let archives = months.filter { $0.month != live.month }.map { month, days in
            var update = Addend(total: nil)
            for day in days { update.add(day) }
            return [
                "Update": update.write(
                    table: table,
                    key: .archive(page, month),
                    setting: ["month": .string("\(month)")]
                )
            ]
        }
        return [["Update": live.isStill(write, unlessMarked: mark)]] + archives
    }
}

/// Numbers that are added to attributes.
private struct Addend {
    private var numbers: [String: Int] = [:]

    init(total: Tally.Count?) {
        if let total { numbers = ["count": total.count, "uniq": total.unique, "changes": 1] }
    }

    mutating func add(_ day: Statistics.OfDay) {
        numbers[PageItem.visits(on: day.day)] = day.count.count
        numbers[PageItem.visitors(on: day.day)] = day.count.unique
    }

    func write(table: String, key: Key, setting: Item) -> Write {
        let added = numbers.mapValues { AttributeValue.number($0) }
        let names = (Array(added.keys) + Array(setting.keys)).sorted()
        func list(_ names: [String], _ sign: String) -> String {
            names.sorted().map { "#\($0)\(sign):\($0)" }.joined(separator: ", ")
        }
        return Write(
            tableName: table,
            key: key.item,
            updateExpression: "ADD \(list(Array(added.keys), " "))"
                + (setting.isEmpty ? "" : " SET \(list(Array(setting.keys), " = "))"),
            expressionAttributeNames: Dictionary(uniqueKeysWithValues: names.map { ("#\($0)", $0) }),
            expressionAttributeValues: Dictionary(
                uniqueKeysWithValues: added.merging(setting) { $1 }.map { (":\($0)", $1) }
            )
        )
    }
}

extension PageItem {
    /// What plans have added to it that may not be done yet.
    fileprivate var marks: [String] { item["marks"]?.strings ?? [] }

    /// How often an owner has changed it or its archives.
    var changes: Int { item["changes"]?.number ?? 0 }

    /// Under the condition that its month is as it was read, and that no owner has changed it or its archives since.
    ///
    /// - Parameter count: which the total must still be, so that no visit has come either.
    func isStill(_ write: Write, unlessMarked mark: String? = nil, count: Int? = nil) -> Write {
        var condition = "#month = :is"
        var values: Item = [":is": .string("\(month)")]
        for (name, value) in [("since", since?.number), ("changes", item["changes"]?.number)] {
            if let value {
                condition += " AND #\(name) = :was\(name)"
                values[":was\(name)"] = .number(value)
            } else {
                condition += " AND attribute_not_exists(#\(name))"
            }
        }
        if let mark {
            condition += " AND NOT contains(#marks, :mark)"
            values[":mark"] = .string(mark)
        }
        if let count {
            condition += " AND #count = :wascount"
            values[":wascount"] = .number(count)
        }
        let names = ["month", "since", "changes"] + (mark == nil ? [] : ["marks"]) + (count == nil ? [] : ["count"])
        return write.when(condition, names, values)
    }

    fileprivate func withoutDays(before day: Day, _ write: Write) -> Write {
        let names = ofDays.filter { $0.day < day }
            .flatMap { [PageItem.visits(on: $0.day), PageItem.visitors(on: $0.day)] }.sorted()
        var write = write
        guard !names.isEmpty else { return write }
        write.updateExpression = "REMOVE " + names.map { "#\($0)" }.joined(separator: ", ")
        write.expressionAttributeNames = (write.expressionAttributeNames ?? [:]).merging(names.map { ("#\($0)", $0) }) {
            $1
        }
        return write
    }
}

extension Write {
    /// With another first day, or with none.
    fileprivate func withSince(_ day: Day?) -> Write {
        var write = self
        write.expressionAttributeNames = (expressionAttributeNames ?? [:]).merging(["#since": "since"]) { $1 }
        if let day {
            write.updateExpression = (updateExpression.map { "\($0) " } ?? "") + "SET #since = :since"
            write.expressionAttributeValues = (expressionAttributeValues ?? [:]).merging([":since": .number(day.number)]
            ) { $1 }
        } else {
            write.updateExpression = updateExpression.map { "\($0), #since" } ?? "REMOVE #since"
        }
        return write
    }

    /// As one more change of an owner's.
    fileprivate func countingChange() -> Write {
        var write = self
        write.updateExpression = (updateExpression.map { "\($0) " } ?? "") + "ADD #changes :one"
        write.expressionAttributeNames = (expressionAttributeNames ?? [:]).merging(["#changes": "changes"]) { $1 }
        write.expressionAttributeValues = (expressionAttributeValues ?? [:]).merging([":one": 1]) { $1 }
        return write
    }
}
#endif
