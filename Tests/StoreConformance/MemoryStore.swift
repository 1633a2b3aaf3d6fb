import Headcount

/// A store in memory, for tests.
package final class MemoryStore: CounterStore {
    private let maximumPages: Int
    private var openDay: OpenDay?
    private var counters: [Page?: Tally.Count] = [:]
    private var days: [Day: [Page?: Tally.Count]] = [:]
    private var leftOut: [Day: LeftOut] = [:]
    private var visitors: [Day: Set<VisitorID>] = [:]

    package init(maximumPages: Int) {
        self.maximumPages = maximumPages
    }

    package func open(_ day: Day, by deadline: Deadline) throws(StoreError) -> OpenDay {
        if let openDay, openDay.day == day || openDay.day == day.advanced(by: 1) { return openDay }
        let opened = OpenDay(day: day, salt: .random())
        openDay = opened
        return opened
    }

    package func perform(_ work: Work, by deadline: Deadline) -> Results {
        Results(of: work, record: record, totals: totals, statistics: statistics)
    }

    private func record(_ work: Work) -> [Tally] {
        leftOut[work.day, default: .zero] += work.leftOut
        return work.visits.map { visit in
            Tally(
                site: count(nil, visit.siteVisitor, work.day),
                page: visit.page.flatMap { mayCount($0) ? count($0, visit.pageVisitor, work.day) : nil }
            )
        }
    }

    private func totals(of pages: Set<Page>) -> Totals {
        var totals = Totals(site: counters[nil] ?? .zero)
        for page in pages { totals.pages[page] = counters[page] }
        totals.fill(pages) { pageCount < maximumPages }
        return totals
    }

    private func statistics(for query: StatisticsQuery) -> Statistics {
        let page = query.page
        let since = days.filter { $0.value[page].map { $0.count > 0 } == true }.keys.min()
        let listed = query.ranking.limit == 0 ? [] : page.map { [$0] } ?? counters.keys.compactMap { $0 }
        let (pages, matching) = query.ranking.select(
            listed.map { page in
                let counts = query.ranking.first.map { first in
                    days.filter { $0.key >= first }.compactMap { $1[page] }
                }
                return .init(path: page.path, count: counts?.reduce(.zero, +) ?? counters[page] ?? .zero)
            }
        )
        return Statistics(
            page: page,
            total: counters[page] ?? .zero,
            since: since,
            days: (query.first(since: since).number...query.last.number).map(Day.init(number:)).map { day in
                let leftOut = page == nil ? leftOut[day] : nil
                return .init(day: day, count: days[day]?[page] ?? .zero, leftOut: leftOut ?? .zero)
            },
            pages: pages,
            matchingPages: matching,
            countedPages: pageCount
        )
    }

    package func sweep() throws(StoreError) -> Sweep {
        visitors = visitors.filter { $0.key == openDay?.day }
        return .clean
    }

    package func close() throws(StoreError) {}

    private var pageCount: Int { counters.keys.count { $0 != nil } }

    private func mayCount(_ page: Page) -> Bool { counters[page] != nil || pageCount < maximumPages }

    private func count(_ page: Page?, _ visitor: VisitorID?, _ day: Day) -> Tally.Count {
        let isNew = visitor.map { visitors[day, default: []].insert($0).inserted } ?? false
        counters[page, default: .zero].add(isNew)
        days[day, default: [:]][page, default: .zero].add(isNew)
        return counters[page, default: .zero]
    }
}

extension Tally.Count {
    fileprivate mutating func add(_ isNew: Bool) {
        count += 1
        unique += isNew ? 1 : 0
    }
}
