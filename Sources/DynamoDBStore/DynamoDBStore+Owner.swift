#if DynamoDB
import Crypto
import Headcount
import NIOCore

extension DynamoDBStore: OwnersStore {
    package func histories() throws(StoreError) -> [History] {
        let histories = try step { (table) throws(CallError) in
            try await table.pageItems().map(\.history)
        }
        let site = histories.first { $0.page == nil } ?? History(page: nil)
        return [site] + histories.filter { $0.page != nil && !$0.isEmpty }
    }

    package func history(of page: Page?) throws(StoreError) -> History {
        try step { (table) throws(CallError) in
            try await table.pageItems(of: [page]).first?.history ?? History(page: page)
        }
    }

    /// A page at a time, and last the site with the receipts: until then it is not done, and is completed by doing it again.
    /// That adds to each page what it lacks, so that a log may have grown meanwhile.
    package func merge(
        _ histories: [History],
        for receipts: [Receipt],
        progress: @escaping @Sendable (Int) -> Void
    ) throws(StoreError) -> Bool {
        guard try receipts.areOutstanding(self.receipts(receipts.map(\.name))) else { return false }
        let token = receipts.importToken
        let pages = histories.filter { $0.page != nil } + histories.filter { $0.page == nil }
        try check(pages, import: token)
        for start in stride(from: 0, to: pages.count - 1, by: Self.pagesSideBySide) {
            let some = Array(pages.dropLast()[start...].prefix(Self.pagesSideBySide))
            try step { (table) throws(CallError) in
                let results = await concurrently(some) { page throws(CallError) in
                    try await table.add(page, import: token, receipts: nil)
                }
                for result in results { _ = try result.get() }
            }
            progress(start + some.count)
        }
        let last = pages.last ?? History(page: nil)
        let isDone = try step { (table) throws(CallError) in
            try await table.add(last, import: token, receipts: receipts)
        }
        progress(histories.count)
        if isDone { return true }
        // Somebody else was first, with this or with another.
        return try receipts.areOutstanding(self.receipts(receipts.map(\.name)))
    }

    /// Few enough for a slow server to be in time with all.
    private static let pagesSideBySide = 8

    /// - Throws: when a total can't be what it would become.
    private func check(_ histories: [History], import token: String) throws(StoreError) {
        let pages = histories.map(\.page)
        let (totals, receipts) = try step { (table) throws(CallError) in
            let totals = try await table.totals(of: Set(pages.compactMap { $0 }))
            return (totals, try await table.pageReceipts(of: pages, import: token))
        }
        for (history, receipt) in zip(histories, receipts) {
            let missing = history.total - receipt.added.total
            _ = try (totals[history.page] + missing).checkedTotal(of: history.page)
        }
    }

    /// - Throws: when there is anything in the table: to replace it takes more than one transaction.
    package func replace(
        with histories: [History],
        for receipts: [Receipt],
        progress: @escaping @Sendable (Int) -> Void
    ) throws(StoreError) {
        guard try self.histories().allSatisfy(\.isEmpty), try merge(histories, for: receipts, progress: progress) else {
            throw StoreError(
                "DynamoDB: numbers are replaced in an empty table only, and this one has some; import into a new table "
                    + "and set HEADCOUNT_DYNAMODB_TABLE to it, or pass --merge to complete an import that was interrupted"
            )
        }
    }

    package func remove(_ pages: Set<Page>) throws(StoreError) -> Set<Page> {
        var removed: Set<Page> = []
        for page in pages where try step({ (table) throws(CallError) in try await table.remove(page) }) {
            removed.insert(page)
        }
        return removed
    }

    package func forget(before day: Day) throws(StoreError) {
        for history in try histories() where history.days.contains(where: { $0.day < day }) {
            try step { (table) throws(CallError) in try await table.forget(before: day, of: history.page) }
        }
    }

    package func receipts(_ names: [String]) throws(StoreError) -> [String: String] {
        try step { (table) throws(CallError) in
            let items = try await table.items(names.map(Key.receipt))
            var receipts: [String: String] = [:]
            for name in names { receipts[name] = items[.receipt(name)]?["value"]?.string }
            return receipts
        }
    }

    /// Whether DynamoDB deletes what has expired.
    package func deletesExpired() throws(StoreError) -> Bool {
        let description = try step { (table) throws(CallError) in
            let question = Message(tableName: table.name)
            return try await table.dynamoDB.call("DescribeTimeToLive", question, until: table.deadline)
                .timeToLiveDescription
        }
        return ["ENABLED", "ENABLING"].contains(description?["TimeToLiveStatus"])
            && description?["AttributeName"] == "expires"
    }

    /// Does one of the steps of an owner's operation, of which there may be many. Each has a minute.
    func step<Value: Sendable>(
        _ work: @escaping @Sendable (Table) async throws(CallError) -> Value
    ) throws(StoreError) -> Value {
        try waiting(until: .now() + .minutes(1)) { (table) throws(CallError) in
            var table = table
            // An owner's pages have no limit.
            table.maximumPages = .max
            return try await work(table)
        }
    }
}

extension [Receipt] {
    /// What names an import that is not done yet: what it is of, and what that was before. What has come to it since, as to a
    /// log, is of the same import.
    fileprivate var importToken: String {
        guard let first else { return Table.token() }
        return SHA256.hash(data: [UInt8]("\(first.name)\0\(first.old ?? "")".utf8)).prefix(16).hexadecimal
    }
}
#endif
