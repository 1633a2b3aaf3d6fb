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
        totals.fill(pages) { counters.keys.count(where: { $0 != nil }) < maximumPages }
        return totals
    }

    private func statistics(for query: StatisticsQuery) -> Statistics {
        let page = query.page
        let range = (query.first.number...query.last.number).map(Day.init(number:))
        var pages: [Page: Tally.Count] = [:]
        for case (let visited?, let count) in range.flatMap({ days[$0, default: [:]] })
        where page == nil || visited == page {
            pages[visited, default: .zero].count += count.count
            pages[visited, default: .zero].unique += count.unique
        }
        let ranked = pages.map { Statistics.PageCount(path: $0.path, count: $1) }.sorted {
            $0.count.count != $1.count.count
                ? $0.count.count > $1.count.count : $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
        }
        let total = counters[page] ?? .zero
        return Statistics(
            page: page,
            total: total,
            since: days.filter { $0.value[page].map { $0.count > 0 } == true }.keys.min(),
            days: range.map { day in
                let leftOut = page == nil ? leftOut[day] : nil
                return .init(day: day, count: days[day]?[page] ?? .zero, leftOut: leftOut ?? .zero)
            },
            pages: Array(ranked.prefix(query.maximumPages))
        )
    }

    package func sweep() throws(StoreError) -> Sweep {
        visitors = visitors.filter { $0.key == openDay?.day }
        return .clean
    }

    package func close() throws(StoreError) {}

    private func mayCount(_ page: Page) -> Bool {
        counters[page] != nil || counters.keys.count(where: { $0 != nil }) < maximumPages
    }

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
