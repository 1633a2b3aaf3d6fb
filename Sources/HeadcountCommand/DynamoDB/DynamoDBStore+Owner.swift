#if DynamoDB
import Crypto
import DynamoDBStore
import Headcount

extension DynamoDBStore: OwnerStore {
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

    /// Adds to one page after another, and last to the site, together with the receipts. If it is interrupted before that,
    /// another call adds what is missing of each page; a log may have grown meanwhile.
    package func merge(
        _ histories: [History],
        for receipts: [Receipt],
        progress: @escaping @Sendable (Int) -> Void
    ) throws(StoreError) -> Bool {
        guard try receipts.areOutstanding(self.receipts(receipts.map(\.name))) else { return false }
        let token = receipts.importToken
        let pages = histories.filter { $0.page != nil } + histories.filter { $0.page == nil }
        try check(pages, import: token)
        for start in stride(from: 0, to: pages.count - 1, by: Self.pagesAtOnce) {
            let some = Array(pages.dropLast()[start...].prefix(Self.pagesAtOnce))
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
        // Another command was first, with this import or another.
        return try receipts.areOutstanding(self.receipts(receipts.map(\.name)))
    }

    /// Few enough for a slow server to finish within a step's time.
    private static let pagesAtOnce = 8

    /// - Throws: when a total would be outside the limits.
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

    /// - Throws: when the table is not empty, since replacing its numbers takes more than one transaction.
    package func replace(
        with histories: [History],
        for receipts: [Receipt],
        progress: @escaping @Sendable (Int) -> Void
    ) throws(StoreError) {
        guard try self.histories().allSatisfy(\.isEmpty), try merge(histories, for: receipts, progress: progress) else {
            throw StoreError(
                "DynamoDB: --replace needs an empty table, and this one has numbers; import into a new table and set "
                    + "HEADCOUNT_DYNAMODB_TABLE to it, or pass --merge to complete an interrupted import"
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

    package func prune(before day: Day) throws(StoreError) {
        for history in try histories() where history.days.contains(where: { $0.day < day }) {
            try step { (table) throws(CallError) in try await table.prune(before: day, of: history.page) }
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

    /// Whether DynamoDB deletes expired items.
    func deletesExpired() throws(StoreError) -> Bool {
        let description = try step { (table) throws(CallError) in
            try await table.describe("DescribeTimeToLive").timeToLiveDescription
        }
        return ["ENABLED", "ENABLING"].contains(description?["TimeToLiveStatus"])
            && description?["AttributeName"] == "expires"
    }
}

extension [Receipt] {
    /// Identifies an import until it is complete, by its name and what was imported under this name before. An import of a log
    /// that has grown meanwhile has the same token.
    fileprivate var importToken: String {
        guard let first else { return Table.token() }
        return SHA256.hash(data: [UInt8]("\(first.name)\0\(first.old ?? "")".utf8)).prefix(16).hexadecimal
    }
}
#endif
