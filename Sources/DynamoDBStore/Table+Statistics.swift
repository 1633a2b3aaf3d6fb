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
        let (page, first, last) = (query.page, query.first ?? query.last, query.last)
        let listed = if let page { [page] } else if query.ranking.limit > 0 { try await pages() } else { [Page]() }
        let subjects: [Page?] = [page] + (page == nil ? listed : [])
        let live = try await items(subjects.map(Key.page))

        let days = (first.number...last.number).map(Day.init(number:))
        let months = Set(days.map(Month.init))
        let archives = subjects.flatMap { subject -> [Key] in
            guard let item = live[.page(subject)].map(PageItem.init(item:)), let since = item.since else { return [] }
            return months.filter { $0 != item.month && $0 >= Month(since) }.map { .archive(subject, $0) }
        }
        let archived = try await items(archives)

        func numbers(of subject: Page?) -> [Statistics.DayCount] {
            var items: [Month: PageItem] = [:]
            for month in months { items[month] = archived[.archive(subject, month)].map(PageItem.init(item:)) }
            if let live = live[.page(subject)].map(PageItem.init(item:)) { items[live.month] = live }
            return days.map { items[Month($0)]?.numbers(on: $0) ?? .init(day: $0) }
        }

        let subject = live[.page(page)].map(PageItem.init(item:))
        let ofDays = numbers(of: page)
        let (ranked, matching) = query.ranking.select(
            listed.map { .init(path: $0.path, count: ($0 == page ? ofDays : numbers(of: $0)).sum) }
        )
        return Statistics(
            page: page,
            total: subject?.total ?? .zero,
            since: subject?.total.count == 0 ? nil : subject?.since,
            days: ofDays,
            pages: ranked,
            matchingPages: matching,
            countedPages: live[.page(nil)]?["pages"]?.number ?? 0
        )
    }
}
#endif
