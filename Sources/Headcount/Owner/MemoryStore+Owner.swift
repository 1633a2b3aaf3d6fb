extension MemoryStore: OwnersStore {
    package func histories() throws(StoreError) -> [History] {
        let pages = counters.keys.compactMap { $0 }.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        var histories = [try history(of: nil)]
        for page in pages { histories.append(try history(of: page)) }
        return histories.filter { $0.page == nil || !$0.isEmpty }
    }

    package func history(of page: Page?) throws(StoreError) -> History {
        let ofDays = days.compactMap { day, pages in pages[page].map { Statistics.OfDay(day: day, count: $0) } }
        return History(
            page: page,
            total: counters[page] ?? .zero,
            days: ofDays.filter { $0.count != .zero }.sorted { $0.day < $1.day }
        )
    }

    package func merge(
        _ histories: [History],
        for receipts: [Receipt],
        progress: @Sendable (Int) -> Void
    ) throws(StoreError) -> Bool {
        guard try receipts.areOutstanding(self.receipts) else { return false }
        var totals = counters
        for history in histories {
            let sum = totals[history.page, default: .zero] + history.total
            totals[history.page] = try sum.checkedTotal(of: history.page)
        }
        counters = totals
        for history in histories {
            for day in history.days { days[day.day, default: [:]][history.page, default: .zero] += day.count }
        }
        for receipt in receipts { self.receipts[receipt.name] = receipt.new }
        progress(histories.count)
        return true
    }

    package func replace(
        with histories: [History],
        for receipts: [Receipt],
        progress: @Sendable (Int) -> Void
    ) throws(StoreError) {
        (counters, days, self.receipts) = ([:], [:], [:])
        _ = try merge(histories, for: receipts, progress: progress)
    }

    package func remove(_ pages: Set<Page>) throws(StoreError) -> Set<Page> {
        for day in days.keys { for page in pages { days[day]?[page] = nil } }
        return pages.filter { counters.removeValue(forKey: $0) != nil }
    }

    package func forget(before day: Day) throws(StoreError) {
        days = days.filter { $0.key >= day }
    }

    package func receipts(_ names: [String]) throws(StoreError) -> [String: String] {
        receipts.filter { names.contains($0.key) }
    }
}
