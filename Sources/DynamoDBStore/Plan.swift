#if DynamoDB
import Headcount
import NIOCore

/// A change of the owner's that takes more than one transaction. The table keeps it until all of it is done, so that
/// whoever comes after an interruption finishes it: `plan` says what it is, `plan#TOKEN#0` and so on hold its numbers.
struct Plan: Sendable {
    let token: String
    let kind: Kind
    let histories: [History]
    /// Values by name.
    let receipts: [String: String]
    /// What the store was found to have, so that this is still to be done.
    private let found: [Receipt]

    enum Kind: String, Sendable {
        /// Adds its histories.
        case merge
        /// Leaves nothing but its histories.
        case replace
    }

    init(_ kind: Kind, _ histories: [History], receipts: [Receipt] = []) {
        token = Table.token()
        self.kind = kind
        self.histories = histories
        self.receipts = Dictionary(receipts.map { ($0.name, $0.new) }) { $1 }
        found = kind == .merge ? receipts : []
    }

    private init(token: String, kind: Kind, histories: [History], receipts: [String: String]) {
        self.token = token
        self.kind = kind
        self.histories = histories
        self.receipts = receipts
        found = []
    }

    /// What fails a transaction once the plan is done.
    func isThere(table: String) -> Write {
        Write(tableName: table, key: Key.plan.item).when("#token = :token", ["token"], [":token": .string(token)])
    }

    /// What fails a transaction while there is any plan.
    static func isAbsent(table: String) -> Write {
        Write(tableName: table, key: Key.plan.item).when("attribute_not_exists(#pk)", ["pk"])
    }

    /// With what a page is marked that the plan has changed.
    @Sendable func mark(_ part: Int, _ isLast: Bool) -> String? {
        switch kind {
        case .merge: "\(token).\(part)"
        // What is not whole is reckoned anew, from what is there by then.
        case .replace: isLast ? token : nil
        }
    }

    /// All marks that it may have left.
    private var marks: [String] { [token] + (0..<10).map { "\(token).\($0)" } }
}

// MARK: - In the table

extension Plan {
    /// In bytes; an item may have 400 KB.
    private static let partSize = 300_000

    private var head: Item {
        var item = Key.plan.item
        item["token"] = .string(token)
        item["kind"] = .string(kind.rawValue)
        item["parts"] = .number(parts.count)
        return item
    }

    private var parts: [String] {
        var parts = [""]
        for line in histories.flatMap(\.lines)
            + receipts.map({ "receipt \(Self.escaped($0)) \(Self.escaped($1, but: " "))" })
        {
            if parts[parts.count - 1].utf8.count + line.utf8.count > Self.partSize { parts.append("") }
            parts[parts.count - 1] += line + "\n"
        }
        return parts
    }

    /// Days after which DynamoDB may delete parts that were left behind.
    private static let life = 30

    /// The kind of a plan of which nothing is done yet, since another may have been done just before it was there.
    private static let draft = "draft"

    /// - Returns: whether it is there now; not while another one is.
    /// - Throws: also when another was done since its receipts were looked up.
    func store(in table: Table) async throws(CallError) -> Bool {
        let expiry = Day(containing: table.dynamoDB.now()).advanced(by: Self.life).expiry
        for (number, part) in parts.enumerated() {
            var item = Key.plan(token, number).item
            item["text"] = .string(part)
            item["expires"] = .number(expiry)
            try await table.put(
                Write(tableName: table.name, item: item),
                isRepeatable: true,
                until: Table.ownersDeadline
            )
        }
        var head = head
        if !found.isEmpty { head["kind"] = .string(Self.draft) }
        do throws(CallError) {
            let put = Write(tableName: table.name, item: head).whenAbsent().tellingWhatIsThere()
            try await table.put(put, isRepeatable: true, until: Table.ownersDeadline)
        } catch {
            guard case .conditionFailed(let item) = error else { throw error }
            guard item?["token"]?.string == token else { return false }
        }
        if found.isEmpty { return true }
        return try await confirm(in: table)
    }

    /// Makes the plan of a draft: as long as that is there, no other can be done.
    private func confirm(in table: Table) async throws(CallError) -> Bool {
        let items = try await table.items(found.map { .receipt($0.name) }, until: Table.ownersDeadline)
        guard found.allSatisfy({ items[.receipt($0.name)]?["value"]?.string == $0.old }) else {
            try await remove(from: table)
            throw .busy("something else was imported meanwhile; run the command again")
        }
        do throws(CallError) {
            let put = Write(tableName: table.name, item: head)
                .when("#token = :token", ["token"], [":token": .string(token)])
            try await table.put(put, isRepeatable: true, until: Table.ownersDeadline)
            return true
        } catch {
            guard case .conditionFailed = error else { throw error }
            return false
        }
    }

    /// Removes a draft of somebody who has gone, or is told that it is gone.
    private static func removeDraft(_ token: String, from table: Table) async throws(CallError) {
        let delete = Write(tableName: table.name, key: Key.plan.item)
            .when(
                "#token = :token AND #kind = :kind",
                ["token", "kind"],
                [":token": .string(token), ":kind": .string(draft)]
            )
        do throws(CallError) {
            try await table.delete(delete, until: Table.ownersDeadline)
        } catch {
            guard case .conditionFailed = error else { throw error }
        }
    }

    /// - Returns: the plan that is to be done; `nil` when there is none.
    static func stored(in table: Table) async throws(CallError) -> Plan? {
        guard let head = try await table.item(.plan, until: Table.ownersDeadline) else { return nil }
        if head["kind"]?.string == draft, let token = head["token"]?.string {
            try await removeDraft(token, from: table)
            return try await stored(in: table)
        }
        guard let token = head["token"]?.string, let kind = head["kind"]?.string.flatMap(Kind.init),
            let parts = head["parts"]?.number
        else { throw .refused(code: "plan", message: "it was made by a newer version") }
        let keys = (0..<parts).map { Key.plan(token, $0) }
        let items = try await table.items(keys, until: Table.ownersDeadline)
        let texts = keys.compactMap { items[$0]?["text"]?.string }
        guard texts.count == parts else {
            // Done meanwhile, or too old.
            guard try await table.item(.plan, until: Table.ownersDeadline)?["token"]?.string == token else {
                return nil
            }
            throw .refused(
                code: "plan",
                message: "an import was interrupted more than \(life) days ago; delete the item plan"
            )
        }
        let lines = texts.joined().split(separator: "\n")
        return Plan(token: token, kind: kind, histories: History.parse(lines), receipts: receipts(lines))
    }

    /// Without what could end a word of a line, or the line: `%0A`.
    private static func escaped(_ text: String, but kept: Unicode.Scalar? = nil) -> String {
        text.unicodeScalars.map { scalar in
            if scalar == kept || ("!"..."~").contains(scalar) && scalar != "%" { return String(scalar) }
            return UTF8.encode(scalar)?.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() ?? ""
        }.joined()
    }

    private static func unescaped(_ text: Substring) -> String { PercentEncoding.decodedPath(text) ?? "" }

    private static func receipts(_ lines: [Substring]) -> [String: String] {
        let receipts = lines.map { $0.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false) }
            .filter { $0.count == 3 && $0[0] == "receipt" }
        return Dictionary(receipts.map { (unescaped($0[1]), unescaped($0[2])) }) { $1 }
    }

    /// Does what an interrupted command has left to do.
    static func finish(in table: Table) async throws(CallError) {
        if let plan = try await stored(in: table) { try await plan.carryOut(in: table, progress: { _ in }) }
    }

    /// Does it all, or the rest of it.
    func carryOut(in table: Table, progress: @Sendable (Int) -> Void) async throws(CallError) {
        var present: [Page?: PageItems] = [:]
        if kind == .replace {
            let items = try await table.pageItems()
            let wanted = Set(histories.map(\.page))
            try await all(items.filter { !wanted.contains($0.page) }) { items throws(CallError) in
                _ = try await table.remove(items, by: self)
            }
            present = Dictionary(items.map { ($0.page, $0) }) { $1 }
            let outdated = try await table.keys(beginningWith: Key.receipt("").text)
            try await all(outdated) { key throws(CallError) in
                try await write(["Delete": Write(tableName: table.name, key: key.item)], in: table)
            }
        }
        try await all(histories, progress) { [present] history throws(CallError) in
            switch kind {
            case .merge: _ = try await table.add(history, by: self, mark: mark)
            case .replace: try await replace(present[history.page], with: history, in: table)
            }
        }
        try await all(Array(receipts)) { receipt throws(CallError) in
            let item = Key.receipt(receipt.key).item.merging(["value": .string(receipt.value)]) { $1 }
            try await write(["Put": Write(tableName: table.name, item: item)], in: table)
        }
        try await remove(from: table)
    }

    /// Writes nothing once the plan is done, by another command: a later one may have written the same item.
    private func write(_ write: [String: Write], in table: Table) async throws(CallError) {
        do throws(CallError) {
            try await table.transact(
                [["ConditionCheck": isThere(table: table.name)], write],
                until: Table.ownersDeadline
            )
        } catch {
            guard case .cancelled(let codes) = error, codes.first == "ConditionalCheckFailed" else { throw error }
        }
    }

    /// Another one may be about the same: what a page lacks is reckoned anew once it is no longer what that was reckoned from.
    private func replace(_ present: PageItems?, with history: History, in table: Table) async throws(CallError) {
        var present = present
        while true {
            let difference = history.difference(from: present?.history ?? History(page: history.page))
            if try await table.add(difference, by: self, onto: present?.live.changes ?? 0, mark: mark) { return }
            present = try await table.pageItems(of: [history.page]).first
        }
    }

    /// First what it is known by, so that nobody takes it up again; then what it has left.
    private func remove(from table: Table) async throws(CallError) {
        do throws(CallError) {
            try await table.delete(isThere(table: table.name), until: Table.ownersDeadline)
        } catch {
            guard case .conditionFailed = error else { throw error }
        }
        try await all(Array(parts.indices)) { number throws(CallError) in
            let key = Key.plan(token, number).item
            try await table.delete(Write(tableName: table.name, key: key), until: Table.ownersDeadline)
        }
        try await all(histories.map(\.page)) { page throws(CallError) in
            let unmark = Write(
                tableName: table.name,
                key: Key.page(page).item,
                updateExpression: "DELETE #marks :marks",
                expressionAttributeNames: ["#marks": "marks"],
                expressionAttributeValues: [":marks": .strings(marks)]
            )
            do throws(CallError) {
                let _: Write.Output = try await table.dynamoDB.call(
                    .updateItem,
                    unmark.when("attribute_exists(#pk)", ["pk"]),
                    isRepeatable: true,
                    until: Table.ownersDeadline
                )
            } catch {
                guard case .conditionFailed = error else { throw error }
            }
        }
    }

    /// Fewer than the calls of a batch of visits: a slow server, which does one after another, has to be in time with all.
    private static let sideBySide = 8

    private func all<Input: Sendable>(
        _ inputs: [Input],
        _ progress: @Sendable (Int) -> Void = { _ in },
        _ work: @escaping @Sendable (Input) async throws(CallError) -> Void
    ) async throws(CallError) {
        for start in stride(from: 0, to: inputs.count, by: Self.sideBySide) {
            let slice = Array(inputs[start..<min(start + Self.sideBySide, inputs.count)])
            for result in await concurrently(slice, work) { try result.get() }
            progress(start + slice.count)
        }
    }
}

extension History {
    /// As a plan keeps it: `page COUNT UNIQUE PATH`, what came before the days; `day NUMBER COUNT UNIQUE`.
    fileprivate var lines: [String] {
        ["page \(before.count) \(before.unique) \(page?.path ?? "")"]
            + days.map { "day \($0.day.number) \($0.count.count) \($0.count.unique)" }
    }

    fileprivate static func parse(_ lines: [Substring]) -> [History] {
        var histories: [History] = []
        for line in lines {
            let fields = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count == 4, let first = Int(fields[1]), let second = Int(fields[2]) else { continue }
            if fields[0] == "page" {
                let page = try? Page(path: String(fields[3]))
                histories.append(History(page: page, before: .init(count: first, unique: second)))
            } else if let third = Int(fields[3]), !histories.isEmpty {
                let count = Tally.Count(count: second, unique: third)
                histories[histories.count - 1].days.append(.init(day: Day(number: first), count: count))
            }
        }
        return histories
    }
}
#endif
