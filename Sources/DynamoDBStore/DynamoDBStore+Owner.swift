#if DynamoDB
import Headcount
import NIOCore

extension DynamoDBStore: OwnersStore {
    package func histories() throws(StoreError) -> [History] {
        let histories = try waiting(until: Table.ownersDeadline) { (table) throws(CallError) in
            try await Plan.finish(in: table)
            return try await table.pageItems().map(\.history)
        }
        let site = histories.first { $0.page == nil } ?? History(page: nil)
        return [site] + histories.filter { $0.page != nil && !$0.isEmpty }
    }

    package func history(of page: Page?) throws(StoreError) -> History {
        try waiting(until: Table.ownersDeadline) { (table) throws(CallError) in
            try await Plan.finish(in: table)
            return try await table.pageItemsByMonth(of: page)?.history ?? History(page: page)
        }
    }

    package func merge(
        _ histories: [History],
        for receipts: [Receipt],
        progress: @escaping @Sendable (Int) -> Void
    ) throws(StoreError) -> Bool {
        let totals = try waiting(until: Table.ownersDeadline) { (table) throws(CallError) in
            try await Plan.finish(in: table)
            return try await table.totals(of: Set(histories.compactMap(\.page)), until: Table.ownersDeadline)
        }
        guard try receipts.areOutstanding(self.receipts(receipts.map(\.name))) else { return false }
        for history in histories {
            _ = try (totals[history.page, default: .zero] + history.total).checkedTotal(of: history.page)
        }
        try carryOut(Plan(.merge, histories, receipts: receipts), progress)
        return true
    }

    package func replace(
        with histories: [History],
        for receipts: [Receipt],
        progress: @escaping @Sendable (Int) -> Void
    ) throws(StoreError) {
        try waiting(until: Table.ownersDeadline) { (table) throws(CallError) in try await Plan.finish(in: table) }
        try carryOut(Plan(.replace, histories, receipts: receipts), progress)
    }

    package func remove(_ pages: Set<Page>) throws(StoreError) -> Set<Page> {
        try waiting(until: Table.ownersDeadline) { (table) throws(CallError) in
            try await Plan.finish(in: table)
            var removed: Set<Page> = []
            for items in try await table.pageItems(of: Array(pages)) {
                if let page = items.page, try await table.remove(items) { removed.insert(page) }
            }
            return removed
        }
    }

    package func forget(before day: Day) throws(StoreError) {
        try waiting(until: Table.ownersDeadline) { (table) throws(CallError) in
            try await Plan.finish(in: table)
            for items in try await table.pageItems() { try await table.forget(before: day, of: items) }
        }
    }

    package func receipts(_ names: [String]) throws(StoreError) -> [String: String] {
        return try waiting(until: Table.ownersDeadline) { (table) throws(CallError) in
            let items = try await table.items(names.map(Key.receipt), until: Table.ownersDeadline)
            var receipts: [String: String] = [:]
            for name in names { receipts[name] = items[.receipt(name)]?["value"]?.string }
            return receipts
        }
    }

    /// Whether a change of the numbers was begun and is not done: it runs just now, or was interrupted.
    package func hasUnfinishedChange() throws(StoreError) -> Bool {
        try waiting(until: Table.ownersDeadline) { (table) throws(CallError) in
            try await table.item(.plan, until: Table.ownersDeadline) != nil
        }
    }

    /// Whether DynamoDB deletes what has expired.
    package func deletesExpired() throws(StoreError) -> Bool {
        let deadline = Table.ownersDeadline
        let answer: DescribeTimeToLive.Output = try waiting(until: deadline) { (table) throws(CallError) in
            let question = DescribeTimeToLive(tableName: table.name)
            return try await table.dynamoDB.call(.describeTimeToLive, question, isRepeatable: true, until: deadline)
        }
        let status = answer.description.status ?? ""
        return ["ENABLED", "ENABLING"].contains(status) && answer.description.attribute == "expires"
    }

    package func finishChanges(progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void) throws(StoreError) {
        let plan = try waiting(until: Table.ownersDeadline) { (table) throws(CallError) in
            try await Plan.stored(in: table)
        }
        guard let plan else { return }
        let total = plan.histories.count
        progress(0, total)
        do throws(StoreError) {
            try waiting(until: Table.ownersDeadline) { (table) throws(CallError) in
                try await plan.carryOut(in: table) { progress($0, total) }
            }
        } catch {
            throw StoreError("\(error); the import is not finished yet: run the command again", isBusy: error.isBusy)
        }
    }

    private func carryOut(_ plan: Plan, _ progress: @escaping @Sendable (Int) -> Void) throws(StoreError) {
        try waiting(until: Table.ownersDeadline) { (table) throws(CallError) in
            guard try await plan.store(in: table) else {
                throw .busy("another command changes the numbers; try again when it has ended")
            }
            try await plan.carryOut(in: table, progress: progress)
        }
    }
}
#endif
