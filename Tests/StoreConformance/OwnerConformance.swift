import Headcount
import HeadcountCommand
import Testing

/// Tests that every store must pass for the owner's command.
package struct OwnerConformance {
    private let makeStore: () throws -> any OwnerStore

    /// - Parameter makeStore: returns a new, empty store.
    package init(_ makeStore: @escaping () throws -> any OwnerStore) {
        self.makeStore = makeStore
    }

    package typealias Requirement = ConformanceRequirement<OwnerConformance>

    package func check(_ requirement: Requirement) throws {
        try requirement.check(self)
    }

    /// For a store that changes all numbers in one transaction.
    package static let requirements =
        common + [
            Requirement("replacing removes all numbers from before") { try $0.replaces() },
            Requirement("replacing keeps today's visitors") { try $0.knowsVisitorsAfterReplacing() },
        ]

    /// For a store that uses a transaction for each page.
    package static let requirementsByPage =
        common + [
            Requirement("replacing is refused if the store has numbers") { try $0.refusesToReplace() }
        ]

    private static let common: [Requirement] = [
        Requirement("a new store has the site, at zero") { try $0.exportsNothing() },
        Requirement("histories have counted visits by page and by day") { try $0.exportsVisits() },
        Requirement("merged numbers are read, and counted on") { try $0.readsMerged() },
        Requirement("statistics include merged numbers") { try $0.statisticsIncludeMerged() },
        Requirement("a merge adds to totals, days and what came before") { try $0.merges() },
        Requirement("a merge is done once for its receipts") { try $0.mergesOnce() },
        Requirement("a merge takes a month of receipts") { try $0.takesManyReceipts() },
        Requirement("a merge with an outdated receipt is refused") { try $0.refusesOutdated() },
        Requirement("impossible totals are refused together with the rest of the merge") { try $0.refusesTotals() },
        Requirement("replacing fills an empty store") { try $0.fills() },
        Requirement("a page is removed, and the site keeps its visits") { try $0.removes() },
        Requirement("pruned days stay in the totals") { try $0.prunes() },
        Requirement("ten years of a page are merged and pruned") { try $0.takesManyMonths() },
    ]

    private static let day = Day(number: 20_781)

    private static func day(
        _ offset: Int,
        _ count: Int,
        _ unique: Int,
        leftOut: LeftOut = .zero
    ) -> Statistics.DayCount {
        .init(day: day.advanced(by: offset), count: .init(count: count, unique: unique), leftOut: leftOut)
    }

    private static let cafe = try? Page(path: "/caf\u{E9}")

    /// Days in three months, of which the last is the day of the tests.
    private static func past() throws -> [History] {
        [
            History(
                page: nil,
                before: .init(count: 1000, unique: 300),
                days: [
                    day(-60, 5, 2), day(-59, 0, 0, leftOut: .init(crawlers: 9)),
                    day(-30, 7, 7, leftOut: .init(crawlers: 1, prefetches: 2, ignored: 3)), day(-1, 3, 1),
                    day(0, 4, 2),
                ]
            ),
            History(page: try Page(path: "/a"), days: [day(-60, 2, 1), day(0, 4, 2)]),
            History(page: cafe, before: .init(count: 9, unique: 0)),
        ]
    }

    private func filled() throws -> any OwnerStore {
        let store = try makeStore()
        #expect(try store.merge(try Self.past()))
        _ = try store.open(Self.day)
        return store
    }

    private func exportsNothing() throws {
        #expect(try makeStore().histories() == [History(page: nil)])
    }

    private func exportsVisits() throws {
        let store = try makeStore()
        let (a, b) = (try Page(path: "/a"), try Page(path: "/b"))
        let alice = VisitorID(high: 1, low: 2)
        for offset in [0, 1, 40] {
            let day = try store.open(Self.day.advanced(by: offset)).day
            _ = try store.record([Visit(page: b, siteVisitor: alice), Visit(page: offset == 1 ? a : nil)], on: day)
        }
        #expect(
            try store.histories() == [
                History(page: nil, days: [Self.day(0, 2, 1), Self.day(1, 2, 1), Self.day(40, 2, 1)]),
                History(page: a, days: [Self.day(1, 1, 0)]),
                History(page: b, days: [Self.day(0, 1, 0), Self.day(1, 1, 0), Self.day(40, 1, 0)]),
            ]
        )
    }

    private func readsMerged() throws {
        let store = try filled()
        #expect(try store.histories() == Self.past())
        for history in try Self.past() { #expect(try store.history(of: history.page) == history) }
        let b = try Page(path: "/b")
        #expect(try store.history(of: b) == History(page: b))
        let a = try Page(path: "/a")
        let tally = try store.record([Visit(page: a), Visit()], on: Self.day).first
        #expect(tally == Tally(site: .init(count: 1020, unique: 312), page: .init(count: 7, unique: 3)))
        let later = try store.open(Self.day.advanced(by: 30)).day
        _ = try store.record([Visit(page: a)], on: later)
        var expected = try Self.past()
        expected[0].days[4] = Self.day(0, 6, 2)
        expected[0].days.append(Self.day(30, 1, 0))
        expected[1].days[1] = Self.day(0, 5, 2)
        expected[1].days.append(Self.day(30, 1, 0))
        #expect(try store.histories() == expected)
    }

    private func statisticsIncludeMerged() throws {
        let store = try filled()
        let statistics = try store.statistics(of: nil, from: Self.day.advanced(by: -61), to: Self.day)
        #expect(statistics.total == .init(count: 1019, unique: 312))
        #expect(statistics.since == Self.day.advanced(by: -60))
        #expect(statistics.days.filter { !$0.isEmpty } == (try Self.past()[0].days))
        #expect(statistics.pages == [.init(path: "/a", count: .init(count: 6, unique: 3))])

        // The ranking of all time includes numbers without a day.
        let ranking = Ranking(first: nil, limit: 5)
        let allTime = try store.statistics(for: .init(page: nil, first: nil, last: Self.day, ranking: ranking))
        #expect(allTime.days.first?.day == Self.day.advanced(by: -60) && allTime.days.count == 61)
        #expect(allTime.pages.map(\.path) == [Self.cafe?.path, "/a"] && allTime.pages.map(\.count.count) == [9, 6])
    }

    private func merges() throws {
        let store = try filled()
        let new = History(page: try Page(path: "/b"), days: [Self.day(-400, 1, 1), Self.day(-60, 1, 1)])
        let more = History(
            page: nil,
            before: .init(count: -10, unique: -3),
            days: [
                Self.day(-400, 1, 1), Self.day(-60, 1, 1), Self.day(-30, 0, 0, leftOut: .init(crawlers: 10)),
                Self.day(0, 1, 0),
            ]
        )
        #expect(try store.merge([more, new]))
        var expected = try Self.past()
        expected[0] = History(
            page: nil,
            before: .init(count: 990, unique: 297),
            days: [
                Self.day(-400, 1, 1), Self.day(-60, 6, 3), expected[0].days[1],
                Self.day(-30, 7, 7, leftOut: .init(crawlers: 11, prefetches: 2, ignored: 3)), Self.day(-1, 3, 1),
                Self.day(0, 5, 2),
            ]
        )
        expected.insert(new, at: 2)
        #expect(try store.histories() == expected)
        #expect(try store.statistics(of: nil, from: Self.day, to: Self.day).since == Self.day.advanced(by: -400))
    }

    private func mergesOnce() throws {
        let store = try filled()
        let receipts = [Receipt("file", new: "1"), Receipt("log", new: "a")]
        let visit = [History(page: nil, days: [Self.day(0, 1, 1)])]
        #expect(try store.receipts(["file", "log"]).isEmpty)
        #expect(try store.merge(visit, for: receipts))
        #expect(try !store.merge(visit, for: receipts))
        #expect(try store.receipts(["file", "log", "other"]) == ["file": "1", "log": "a"])
        #expect(try store.tally(for: nil).site.count == 1020)
        #expect(try store.merge(visit, for: [Receipt("log", old: "a", new: "b")]))
        #expect(try store.receipts(["log"]) == ["log": "b"])
        #expect(try store.tally(for: nil).site.count == 1021)
    }

    private func takesManyReceipts() throws {
        let store = try filled()
        let days = (1...31).map { Self.day(-70 + $0, $0, 1) }
        let receipts = days.map { Receipt("log \($0.day)", new: "a") }
        let histories = [History(page: nil, days: days), History(page: try Page(path: "/a"), days: days)]
        #expect(try store.merge(histories, for: receipts))
        #expect(try !store.merge(histories, for: receipts))
        #expect(try store.receipts(receipts.map(\.name)).count == 31)
        #expect(try store.tally(for: nil).site.count == 1019 + days.sum.count)
    }

    private func refusesOutdated() throws {
        let store = try filled()
        let visit = [History(page: nil, days: [Self.day(0, 1, 1)])]
        #expect(try store.merge(visit, for: [Receipt("log", new: "a")]))
        #expect(throws: StoreError.self) { try store.merge(visit, for: [Receipt("log", old: nil, new: "b")]) }
        #expect(try store.tally(for: nil).site.count == 1020)
        #expect(try store.receipts(["log"]) == ["log": "a"])
    }

    private func refusesTotals() throws {
        let store = try filled()
        let new = try Page(path: "/new")
        for (before, page) in [
            (Tally.Count.limit, nil), (Tally.Count.limit - 1018, nil), (-1020, nil), (-10, Self.cafe),
        ] {
            let change = History(page: page, before: .init(count: before))
            #expect(throws: StoreError.self) {
                try store.merge(
                    [History(page: new, days: [Self.day(0, 1, 1)]), change],
                    for: [Receipt("file", new: "1")]
                )
            }
        }
        #expect(throws: StoreError.self) { try store.merge([History(page: nil, before: .init(unique: -313))]) }
        #expect(try store.histories() == Self.past())
        #expect(try store.receipts(["file"]).isEmpty)
        #expect(try store.merge([History(page: nil, before: .init(count: Tally.Count.limit - 1019))]))
        #expect(try store.record([Visit()], on: Self.day).first?.site.count == Tally.Count.limit + 1)
    }

    private static func others() throws -> [History] {
        [
            History(page: nil, days: [day(-2, 3, 3)]),
            History(page: try Page(path: "/z"), days: [day(-2, 3, 3)]),
        ]
    }

    private func fills() throws {
        let store = try makeStore()
        let others = try Self.others()
        try store.replace(with: others, for: [Receipt("file", new: "1")])
        #expect(try store.histories() == others)
        #expect(try !store.merge(others, for: [Receipt("file", new: "1")]))
    }

    private func replaces() throws {
        let store = try filled()
        #expect(try store.merge([], for: [Receipt("file", new: "1")]))
        let others = try Self.others()
        try store.replace(with: others, for: [Receipt("file", new: "2")])
        #expect(try store.histories() == others)
        #expect(try store.receipts(["file"]) == ["file": "2"])
        try store.replace(with: [History(page: nil)])
        #expect(try store.histories() == [History(page: nil)])
        #expect(try store.receipts(["file"]).isEmpty)
    }

    private func refusesToReplace() throws {
        let store = try filled()
        #expect(throws: StoreError.self) { try store.replace(with: try Self.others()) }
        #expect(try store.histories() == Self.past())
        let visited = try makeStore()
        _ = try visited.record([Visit()], on: visited.open(Self.day).day)
        #expect(throws: StoreError.self) { try visited.replace(with: try Self.others()) }
        #expect(try visited.tally(for: nil).site.count == 1)
    }

    private func knowsVisitorsAfterReplacing() throws {
        let store = try makeStore()
        let salt = try store.open(Self.day).salt
        let alice = VisitorID(high: 1, low: 2)
        _ = try store.record([Visit(siteVisitor: alice)], on: Self.day)
        try store.replace(with: try Self.past())
        #expect(try store.open(Self.day).salt == salt)
        #expect(
            try store.record([Visit(siteVisitor: alice)], on: Self.day).first?.site == .init(count: 1020, unique: 312)
        )
    }

    private func removes() throws {
        let store = try filled()
        let a = try Page(path: "/a")
        #expect(try store.remove([a, Page(path: "/none")]) == [a])
        #expect(try store.remove([a]).isEmpty)
        var expected = try Self.past()
        expected.remove(at: 1)
        #expect(try store.histories() == expected)
        #expect(try store.record([Visit(page: a)], on: Self.day).first?.page == .init(count: 1))
    }

    private func prunes() throws {
        let store = try filled()
        try store.prune(before: Self.day.advanced(by: -1))
        var expected = try Self.past()
        expected[0].before += .init(count: 12, unique: 9)
        expected[0].days.removeFirst(3)
        expected[1].before += .init(count: 2, unique: 1)
        expected[1].days.removeFirst()
        #expect(try store.histories() == expected)
        let ranked = try store.statistics(of: nil, from: Self.day.advanced(by: -61), to: Self.day).pages
        #expect(ranked == [.init(path: "/a", count: .init(count: 4, unique: 2))])
        #expect(try store.statistics(of: nil, from: Self.day, to: Self.day).since == Self.day.advanced(by: -1))
        try store.prune(before: Self.day.advanced(by: 1))
        #expect(try store.histories().map(\.days.count) == [0, 0, 0])
        #expect(try store.statistics(of: nil, from: Self.day, to: Self.day).since == nil)
        #expect(try store.record([Visit()], on: Self.day).first?.site == .init(count: 1020, unique: 312))
    }

    private func takesManyMonths() throws {
        let store = try makeStore()
        let days = (0..<260).map { Self.day(-15 * (260 - $0), $0 + 1, 1) }
        let histories = [History(page: nil, days: days), History(page: try Page(path: "/a"), days: days)]
        #expect(try store.merge(histories))
        #expect(try store.histories() == histories)
        func ranked() throws -> [Tally.Count] {
            try store.statistics(of: nil, from: days[10].day, to: Self.day).pages.map(\.count)
        }
        #expect(try ranked() == [Array(days[10...]).sum])
        // The month of the first day that stays loses another one.
        try store.prune(before: days[256].day)
        #expect(try store.histories().map(\.days) == [Array(days[256...]), Array(days[256...])])
        #expect(try ranked() == [Array(days[256...]).sum])
        #expect(try store.tally(for: nil).site == days.sum)
        #expect(try store.remove([Page(path: "/a")]).count == 1)
        #expect(try store.histories().count == 1)
    }
}
