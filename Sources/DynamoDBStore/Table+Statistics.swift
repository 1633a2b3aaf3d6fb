#if DynamoDB
import Headcount

extension Table {
    package func totals(of pages: Set<Page>) async throws(CallError) -> Totals {
        let items = try await items([.page(nil)] + pages.map(Key.page))
        func total(of page: Page?) -> Tally.Count? { items[.page(page)].map { PageItem(item: $0).total } }
        var totals = Totals(site: total(of: nil) ?? .zero)
        for page in pages { totals.pages[page] = total(of: page) }
        totals.fill(pages) { (items[.page(nil)]?["pages"]?.number ?? 0) < maximumPages }
        return totals
    }

    /// Reads the live items first, then only the archives that may contain some of the days.
    func statistics(for query: StatisticsQuery) async throws(CallError) -> Statistics {
        let (page, last, ranking) = (query.page, query.last, query.ranking)
        var listed: [Page] = []
        if ranking.limit > 0 { listed = if let page { [page] } else { try await pages() } }
        let live = try await items(Set([nil, page] + listed).map(Key.page)).mapValues(PageItem.init)
        let subject = live[.page(page)]

        var ranked: [Page: PageItem] = [:]
        for page in listed { ranked[page] = live[.page(page)] }
        var counts = ranked.mapValues(\.total)
        if let first = ranking.first { counts = try await sums(of: ranked, in: first...max(first, last)) }
        let selected = ranking.select(counts.map { .init(path: $0.path, count: $1) })
        return Statistics(
            page: page,
            total: subject?.total ?? .zero,
            since: subject?.total.count == 0 ? nil : subject?.since,
            days: try await days(of: page, subject, in: query.first(since: subject?.since)...last),
            pages: selected.pages,
            matchingPages: selected.matching,
            countedPages: live[.page(nil)]?.item["pages"]?.number ?? 0
        )
    }

    /// - Parameter live: the page's live item.
    private func days(
        of page: Page?,
        _ live: PageItem?,
        in range: ClosedRange<Day>
    ) async throws(CallError) -> [Statistics.DayCount] {
        let archives = live?.archived(range.months).map { Key.archive(page, $0) } ?? []
        var items: [Month: PageItem] = [:]
        for item in try await self.items(archives).values.map(PageItem.init) { items[item.month] = item }
        if let live { items[live.month] = live }
        return range.days.map { items[Month($0)]?.numbers(on: $0) ?? .init(day: $0) }
    }

    /// The numbers of pages in a range of days.
    ///
    /// - Parameter pages: their live items.
    private func sums(
        of pages: [Page: PageItem],
        in range: ClosedRange<Day>
    ) async throws(CallError) -> [Page: Tally.Count] {
        let months = range.months
        let parts: Set = [Month(range.lowerBound), Month(range.upperBound)]
        let archives = pages.flatMap { page, live in
            live.archived(months).map { (page: page, key: Key.archive(page, $0), isWhole: !parts.contains($0)) }
        }
        // The sum of a whole month is much faster to decode than its days.
        let whole = try await items(archives.filter(\.isWhole).map(\.key), attributes: ["pk", "count", "uniq"])
        let others = try await items(archives.filter { !$0.isWhole }.map(\.key))
        var sums = pages.mapValues { $0.sum(in: range) }
        for (page, key, isWhole) in archives {
            guard let item = (isWhole ? whole : others)[key].map(PageItem.init) else { continue }
            sums[page, default: .zero] += isWhole ? item.total : item.sum(in: range)
        }
        return sums
    }
}

extension PageItem {
    /// The months that may have an archive, of those in a range of days.
    fileprivate func archived(_ months: Set<Month>) -> Set<Month> {
        guard let since = since.map(Month.init) else { return [] }
        return months.filter { $0 != month && $0 >= since }
    }
}

extension ClosedRange<Day> {
    fileprivate var days: [Day] { (lowerBound.number...upperBound.number).map(Day.init(number:)) }

    fileprivate var months: Set<Month> { Set(days.map { Month($0) }) }
}
#endif
