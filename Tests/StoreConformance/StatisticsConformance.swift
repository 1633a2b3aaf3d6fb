import Headcount
import Testing

extension StoreConformance {
    static let statistics: [Requirement] = [
        Requirement("statistics hold every day of the range") { try $0.listsDays() },
        Requirement("statistics rank the pages of the range") { try $0.ranksPages() },
        Requirement("statistics of a page exclude other pages") { try $0.showsOnePage() },
        Requirement("statistics of all time begin with the first visit") { try $0.showsAllTime() },
        Requirement("a ranking may begin on another day than the days") { try $0.ranksFromEachDay() },
        Requirement("a ranking is limited, and filtered by text") { try $0.filtersPages() },
    ]

    /// A year and more of visits: on day 0 one of the site, on day 300 two of `/a`, on day 400 one of `/a`, three of `/b`.
    func withYearOfVisits() throws -> any CounterStore {
        let store = try opened()
        let a = try Page(path: "/a")
        let b = try Page(path: "/b")
        let later = [(0, [nil]), (300, [a, a]), (400, [b, a, b, b])]
        for (offset, pages) in later {
            let day = try store.open(Self.day.advanced(by: offset)).day
            _ = try store.record(
                pages.map {
                    Visit(page: $0, siteVisitor: Self.alice, pageVisitor: $0 == a ? Self.bob : Self.carol)
                },
                on: day
            )
        }
        return store
    }

    private func listsDays() throws {
        let empty = try opened().statistics(of: nil, from: Self.day, to: Self.day.advanced(by: 2))
        #expect(empty.total == .zero && empty.since == nil && empty.pages.isEmpty)
        #expect(empty.days.map(\.day) == (0...2).map(Self.day.advanced))
        #expect(empty.days.allSatisfy { $0.count == .zero })

        let last = Self.day.advanced(by: 400)
        let all = try withYearOfVisits().statistics(of: nil, from: last.advanced(by: -365), to: last)
        #expect(all.total == .init(count: 7, unique: 3))
        #expect(all.since == Self.day)
        #expect(all.days.count == 366)
        #expect(
            all.days.filter { $0.count != .zero } == [
                .init(day: Self.day.advanced(by: 300), count: .init(count: 2, unique: 1)),
                .init(day: last, count: .init(count: 4, unique: 1)),
            ]
        )
    }

    private func ranksPages() throws {
        let store = try withYearOfVisits()
        let ranked = try store.statistics(of: nil, from: Self.day, to: Self.day.advanced(by: 400))
        #expect(
            ranked.pages == [
                .init(path: "/a", count: .init(count: 3, unique: 2)),
                .init(path: "/b", count: .init(count: 3, unique: 1)),
            ]
        )
        let many = try (0...Statistics.defaultPages).map { Visit(page: try Page(path: "/\($0)")) }
        let today = try store.open(Self.day.advanced(by: 401)).day
        _ = try store.record(many, on: today)
        #expect(try store.statistics(of: nil, from: today, to: today).pages.count == Statistics.defaultPages)
    }

    private func showsOnePage() throws {
        let store = try withYearOfVisits()
        let last = Self.day.advanced(by: 400)
        let b = try store.statistics(of: Page(path: "/b"), from: last.advanced(by: -1), to: last)
        #expect(
            b
                == Statistics(
                    page: try Page(path: "/b"),
                    total: .init(count: 3, unique: 1),
                    since: last,
                    days: [
                        .init(day: last.advanced(by: -1), count: .zero),
                        .init(day: last, count: .init(count: 3, unique: 1)),
                    ],
                    pages: [.init(path: "/b", count: .init(count: 3, unique: 1))],
                    countedPages: 2
                )
        )
        let before = try store.statistics(of: Page(path: "/a"), from: Self.day, to: Self.day)
        #expect(before.total == .init(count: 3, unique: 2) && before.since == Self.day.advanced(by: 300))
        let unknown = try store.statistics(of: Page(path: "/x"), from: last, to: last)
        #expect(
            unknown
                == Statistics(
                    page: try Page(path: "/x"),
                    total: .zero,
                    since: nil,
                    days: [.init(day: last)],
                    countedPages: 2
                )
        )
    }

    private func showsAllTime() throws {
        func allTime(of page: Page?, to last: Day) -> StatisticsQuery {
            StatisticsQuery(page: page, first: nil, last: last, ranking: Ranking(first: nil, limit: 5))
        }
        let unvisited = try opened().statistics(for: allTime(of: nil, to: Self.day))
        #expect(unvisited == Statistics(total: .zero, since: nil, days: [.init(day: Self.day)]))

        let store = try withYearOfVisits()
        let last = Self.day.advanced(by: 400)
        let site = try store.statistics(for: allTime(of: nil, to: last))
        #expect(site.since == Self.day && site.total == site.days.sum)
        #expect(site.days.map(\.day) == (0...400).map(Self.day.advanced))
        #expect(site.days.filter { $0.count != .zero }.map(\.count.count) == [1, 2, 4])
        #expect(site.pages.map(\.path) == ["/a", "/b"] && site.pages.map(\.count.count) == [3, 3])
        let a = try store.statistics(for: allTime(of: Page(path: "/a"), to: last))
        #expect(a.days.map(\.day) == (300...400).map(Self.day.advanced))
        #expect(a.pages == [.init(path: "/a", count: .init(count: 3, unique: 2))])
        #expect(a.matchingPages == 1 && a.countedPages == 2)

        let clockAhead = try store.statistics(for: allTime(of: nil, to: Self.day.advanced(by: -2)))
        #expect(clockAhead.days == [.init(day: Self.day.advanced(by: -2))])
    }

    /// Every third day, over four months, has a visit to `/a`, and every seventh one to `/b`.
    private func ranksFromEachDay() throws {
        let store = try opened()
        let (a, b) = (try Page(path: "/a"), try Page(path: "/b"))
        let visits = (0...120).map { offset in (offset % 3 == 0 ? [a] : []) + (offset % 7 == 0 ? [b] : []) }
        for (offset, pages) in visits.enumerated() where !pages.isEmpty {
            let day = try store.open(Self.day.advanced(by: offset)).day
            _ = try store.record(pages.map { Visit(page: $0) }, on: day)
        }
        let last = Self.day.advanced(by: 120)
        for first in stride(from: 0, through: 120, by: 5) {
            let query = StatisticsQuery(
                page: nil,
                first: last.advanced(by: -60),
                last: last,
                ranking: Ranking(first: Self.day.advanced(by: first), limit: 5)
            )
            let statistics = try store.statistics(for: query)
            let expected = visits[first...].joined().reduce(into: ["/a": 0, "/b": 0]) { $0[$1.path, default: 0] += 1 }
            let counts = statistics.pages.map { ($0.path, $0.count.count) }
            #expect(Dictionary(counts) { $1 } == expected.filter { $1 > 0 }, "from day \(first)")
            #expect(statistics.days.count == 61)
        }
    }

    private func filtersPages() throws {
        let store = try opened()
        let paths = ["/Blog/100%", "/blog/a_b", "/blog/axb", "/caf\u{E9}", "/CAF\u{C9}/menu", "/z"]
        for path in paths {
            let visits = Array(repeating: Visit(page: try Page(path: path)), count: path == "/z" ? 2 : 1)
            _ = try store.record(visits, on: Self.day)
        }
        for first in [nil, Self.day] {
            func statistics(_ text: String, limit: Int = 10) throws -> Statistics {
                let ranking = Ranking(first: first, text: text, limit: limit)
                return try store.statistics(
                    for: StatisticsQuery(page: nil, first: Self.day, last: Self.day, ranking: ranking)
                )
            }
            for (text, expected) in [
                ("", ["/z"] + paths.dropLast()), ("BLOG", ["/Blog/100%", "/blog/a_b", "/blog/axb"]),
                ("a_b", ["/blog/a_b"]), ("0%", ["/Blog/100%"]), ("Caf\u{E9}", ["/CAF\u{C9}/menu", "/caf\u{E9}"]),
                ("*", []),
            ] {
                let found = try statistics(text)
                #expect(found.pages.first?.path == expected.first, "\(text)")
                #expect(Set(found.pages.map(\.path)) == Set(expected), "\(text)")
                #expect(found.matchingPages == expected.count && found.countedPages == paths.count)
            }
            let limited = try statistics("blog", limit: 2)
            #expect(limited.pages.map(\.path) == ["/Blog/100%", "/blog/a_b"] && limited.matchingPages == 3)
            let unranked = try statistics("", limit: 0)
            #expect(unranked.pages.isEmpty && unranked.countedPages == paths.count)
        }
    }
}
