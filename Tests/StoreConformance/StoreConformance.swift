import Headcount
import Testing

/// The requirements on every store: `MemoryStore`, `SQLiteStore` and `DynamoDBStore` must pass them.
package struct StoreConformance {
    private let crowd: Int
    private let makeStore: (_ maximumPages: Int) throws -> any CounterStore

    /// - Parameters:
    ///   - crowd: the number of visitors in tests with many of them.
    ///   - makeStore: makes a new, empty store.
    package init(crowd: Int = 5000, _ makeStore: @escaping (_ maximumPages: Int) throws -> any CounterStore) {
        self.crowd = crowd
        self.makeStore = makeStore
    }

    package typealias Requirement = ConformanceRequirement<StoreConformance>

    package func check(_ requirement: Requirement) throws {
        try requirement.check(self)
    }

    package static let requirements = counting + statistics

    private static let counting: [Requirement] = [
        Requirement("a new store counts from zero") { try $0.startsAtZero() },
        Requirement("every visit of a batch gets its own count") { try $0.numbersVisits() },
        Requirement("a visitor is unique once a day, within a batch and across batches") { try $0.countsOnce() },
        Requirement("a visitor is unique again on the next day") { try $0.countsAgainNextDay() },
        Requirement("pages and the site are counted separately") { try $0.separatesPages() },
        Requirement("beyond the page limit, only the site is counted") { try $0.limitsPages() },
        Requirement("pages with other bytes are different, even if Swift's strings are equal") {
            try $0.comparesBytes()
        },
        Requirement("a day keeps its salt and the next has another") { try $0.renewsSalt() },
        Requirement("a clock a day back finds the newer day open") { try $0.survivesStepBack() },
        Requirement("a clock far back opens its own day") { try $0.recoversFromWrongClock() },
        Requirement("sweeping changes no number") { try $0.sweepsWithoutLoss() },
        Requirement("an empty batch is no visit") { try $0.acceptsEmptyBatch() },
        Requirement("one call counts, then reads") { try $0.countsBeforeReading() },
        Requirement("left-out requests are added to their day, with visits or alone") { try $0.addsLeftOut() },
    ]

    static let day = Day(number: 20_781)
    static let alice = VisitorID(high: 1, low: 2)
    static let bob = VisitorID(high: 3, low: 4)
    static let carol = VisitorID(high: 5, low: 6)

    func opened(maximumPages: Int = 1000, _ day: Day = day) throws -> any CounterStore {
        let store = try makeStore(maximumPages)
        _ = try store.open(day)
        return store
    }

    private func startsAtZero() throws {
        let store = try opened()
        #expect(try store.tally(for: nil) == Tally(site: .zero))
        #expect(try store.tally(for: Page(path: "/x")) == Tally(site: .zero, page: .zero))
        #expect(try store.totals(of: [Page(path: "/x")]) == Totals(pages: [Page(path: "/x"): .zero]))
    }

    private func numbersVisits() throws {
        let store = try opened()
        for batch in 0..<3 {
            let tallies = try store.record(Array(repeating: Visit(), count: 5), on: Self.day)
            #expect(tallies.map(\.site.count) == Array(batch * 5 + 1...batch * 5 + 5))
        }
        #expect(try store.tally(for: nil).site == .init(count: 15, unique: 0))
    }

    private func countsOnce() throws {
        let store = try opened()
        let visits = [Self.alice, Self.alice, Self.bob].map { Visit(siteVisitor: $0) }
        #expect(try store.record(visits, on: Self.day).map(\.site.unique) == [1, 1, 2])
        #expect(try store.record(visits, on: Self.day).map(\.site.unique) == [2, 2, 2])
        #expect(try store.tally(for: nil).site == .init(count: 6, unique: 2))
    }

    private func countsAgainNextDay() throws {
        let store = try opened()
        _ = try store.record([Visit(siteVisitor: Self.alice)], on: Self.day)
        let next = try store.open(Self.day.advanced(by: 1)).day
        #expect(try store.record([Visit(siteVisitor: Self.alice)], on: next).first?.site == .init(count: 2, unique: 2))
    }

    private func separatesPages() throws {
        let store = try opened()
        let a = try Page(path: "/a")
        let b = try Page(path: "/b")
        let tallies = try store.record(
            [
                Visit(page: a, siteVisitor: Self.alice, pageVisitor: Self.bob),
                Visit(page: b),
                Visit(page: a, pageVisitor: Self.bob),
                Visit(),
            ],
            on: Self.day
        )
        #expect(tallies.map(\.page) == [.init(count: 1, unique: 1), .init(count: 1), .init(count: 2, unique: 1), nil])
        #expect(tallies.map(\.site.count) == [1, 2, 3, 4])
        #expect(try store.tally(for: a) == Tally(site: .init(count: 4, unique: 1), page: .init(count: 2, unique: 1)))
        let x = try Page(path: "/x")
        #expect(
            try store.totals(of: [a, b, x])
                == Totals(
                    site: .init(count: 4, unique: 1),
                    pages: [a: .init(count: 2, unique: 1), b: .init(count: 1), x: .zero]
                )
        )
        #expect(try store.totals(of: []) == Totals(site: .init(count: 4, unique: 1)))
    }

    private func limitsPages() throws {
        let store = try opened(maximumPages: 2)
        let pages = try (0..<4).map { try Page(path: "/\($0)") }
        let first = try store.record(pages.map { Visit(page: $0, pageVisitor: Self.alice) }, on: Self.day)
        #expect(first.map { $0.page?.count } == [1, 1, nil, nil])
        #expect(first.last?.site.count == 4)
        let second = try store.record(pages.map { Visit(page: $0) }, on: Self.day)
        #expect(second.map { $0.page?.count } == [2, 2, nil, nil])
        #expect(try store.tally(for: pages[3]).page == nil)

        let none = try opened(maximumPages: 0)
        #expect(try none.record([Visit(page: pages[0])], on: Self.day) == [Tally(site: .init(count: 1))])
    }

    private func comparesBytes() throws {
        let store = try opened()
        let composed = try Page(path: "/caf\u{E9}")
        let decomposed = try Page(path: "/cafe\u{301}")
        let tallies = try store.record([Visit(page: composed), Visit(page: decomposed)], on: Self.day)
        #expect(tallies.map { $0.page?.count } == [1, 1])
    }

    private func renewsSalt() throws {
        let store = try opened()
        let today = try store.open(Self.day)
        #expect(try store.open(Self.day) == today)
        let tomorrow = try store.open(Self.day.advanced(by: 1))
        #expect(tomorrow.day == Self.day.advanced(by: 1))
        #expect(tomorrow.salt != today.salt)
    }

    private func survivesStepBack() throws {
        let store = try opened()
        let today = try store.open(Self.day)
        #expect(try store.open(Self.day.advanced(by: -1)) == today)
    }

    private func recoversFromWrongClock() throws {
        let store = try opened(Self.day.advanced(by: 3650))
        #expect(try store.open(Self.day).day == Self.day)
    }

    private func sweepsWithoutLoss() throws {
        let store = try opened()
        for number in 0..<crowd / 50 {
            let visits = (0..<50).map { Visit(siteVisitor: VisitorID(high: 0, low: UInt64(number * 50 + $0))) }
            _ = try store.record(visits, on: Self.day)
        }
        let next = try store.open(Self.day.advanced(by: 1)).day
        _ = try store.record([Visit(siteVisitor: Self.alice)], on: next)
        while try store.sweep() == .more {}
        #expect(try store.tally(for: nil).site == .init(count: crowd + 1, unique: crowd + 1))
        #expect(try store.record([Visit(siteVisitor: Self.alice)], on: next).first?.site.unique == crowd + 1)
    }

    private func acceptsEmptyBatch() throws {
        let store = try opened()
        #expect(try store.record([], on: Self.day).isEmpty)
        #expect(try store.tally(for: nil).site == .zero)
    }

    private func countsBeforeReading() throws {
        let store = try opened()
        let page = try Page(path: "/a")
        let query = StatisticsQuery(page: page, first: Self.day, last: Self.day)
        var work = Work()
        work.day = Self.day
        work.visits = [Visit(page: page), Visit()]
        work.totals = [page]
        work.statistics = [query]
        let results = store.perform(work, by: .after(10_000))
        #expect(try results.tallies.get().map(\.site.count) == [1, 2])
        #expect(try results.totals.get() == Totals(site: .init(count: 2), pages: [page: .init(count: 1)]))
        #expect(try results.statistics.get()[query]?.total == .init(count: 1))
    }

    private func addsLeftOut() throws {
        let store = try opened()
        let page = try Page(path: "/a")
        let next = Self.day.advanced(by: 40)
        func add(_ leftOut: LeftOut, on day: Day, _ visits: [Visit] = []) throws {
            var work = Work()
            work.day = day
            work.leftOut = leftOut
            work.visits = visits
            #expect(try store.perform(work, by: .after(10_000)).tallies.get().count == visits.count)
        }
        try add(LeftOut(crawlers: 2), on: Self.day)
        let unvisited = try store.statistics(of: nil, from: Self.day, to: Self.day)
        #expect(unvisited.total == .zero && unvisited.since == nil && unvisited.days[0].leftOut == .init(crawlers: 2))
        try add(LeftOut(crawlers: 1, prefetches: 1), on: Self.day, [Visit(page: page)])
        try add(LeftOut(crawlers: 4, ignored: 5), on: next)

        let site = try store.statistics(of: nil, from: Self.day, to: next)
        #expect(site.total == .init(count: 1) && site.since == Self.day)
        #expect(
            site.days.filter { !$0.isEmpty } == [
                .init(day: Self.day, count: .init(count: 1), leftOut: .init(crawlers: 3, prefetches: 1)),
                .init(day: next, leftOut: .init(crawlers: 4, ignored: 5)),
            ]
        )
        #expect(try store.statistics(of: page, from: Self.day, to: next).days.allSatisfy { $0.leftOut == .zero })
    }
}

// One part of the work at a time.

extension CounterStore {
    package func open(_ day: Day) throws(StoreError) -> OpenDay { try open(day, by: .after(10_000)) }

    package func record(_ visits: [Visit], on day: Day, by deadline: Deadline = .after(10_000)) throws(StoreError)
        -> [Tally]
    {
        var work = Work()
        work.day = day
        work.visits = visits
        return try perform(work, by: deadline).tallies.get()
    }

    package func statistics(of page: Page?, from first: Day, to last: Day) throws(StoreError) -> Statistics {
        try statistics(for: StatisticsQuery(page: page, first: first, last: last))
    }
}
