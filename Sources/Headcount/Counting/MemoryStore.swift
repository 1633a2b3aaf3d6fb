/// The reference: what a store means, in the fewest words. For tests and experiments; it forgets at exit.
package final class MemoryStore: CounterStore {
    private let maximumPages: Int
    private var openDay: OpenDay?
    private var counters: [Page?: Tally.Count] = [:]
    private var visitors: [Day: Set<VisitorID>] = [:]

    package init(maximumPages: Int) {
        self.maximumPages = maximumPages
    }

    package func open(_ day: Day) throws(StoreError) -> OpenDay {
        if let openDay, openDay.day == day || openDay.day == day.advanced(by: 1) { return openDay }
        let opened = OpenDay(day: day, salt: .random())
        openDay = opened
        return opened
    }

    package func record(_ visits: [Visit], on day: Day) throws(StoreError) -> [Tally] {
        visits.map { visit in
            Tally(
                site: count(nil, visit.siteVisitor, day),
                page: visit.page.flatMap { mayCount($0) ? count($0, visit.pageVisitor, day) : nil }
            )
        }
    }

    package func tally(for page: Page?) throws(StoreError) -> Tally {
        Tally(site: counters[nil] ?? .zero, page: page.map { counters[$0] ?? .zero })
    }

    package func sweep() throws(StoreError) -> Sweep {
        visitors = visitors.filter { $0.key == openDay?.day }
        return .clean
    }

    private func mayCount(_ page: Page) -> Bool {
        counters[page] != nil || counters.keys.count(where: { $0 != nil }) < maximumPages
    }

    private func count(_ page: Page?, _ visitor: VisitorID?, _ day: Day) -> Tally.Count {
        let isNew = visitor.map { visitors[day, default: []].insert($0).inserted } ?? false
        counters[page, default: .zero].count += 1
        counters[page, default: .zero].unique += isNew ? 1 : 0
        return counters[page, default: .zero]
    }
}
