import Testing

@testable import Headcount

private let today = Day(year: 2026, month: 11, day: 27)

/// Days that end today, with these visits and half as many visitors.
private func days(_ visits: [Int]) -> [Statistics.DayCount] {
    let first = today.advanced(by: 1 - visits.count)
    return visits.enumerated().map { index, visits in
        .init(day: first.advanced(by: index), count: .init(count: visits, unique: visits / 2))
    }
}

@Suite("A period of the dashboard")
struct PeriodTests {
    @Test(
        "ends today, and is preceded by one of the same length",
        arguments: [
            (Period.Length.week, "2026-11-21", "2026-11-14"), (.month, "2026-10-29", "2026-09-29"),
            (.quarter, "2026-08-30", "2026-06-01"), (.year, "2025-12-01", "2024-12-04"),
        ]
    )
    func range(_ length: Period.Length, _ first: String, _ before: String) {
        let period = Period(length, until: today)
        #expect(period.first == Day(first))
        #expect(period.firstBefore == Day(before))
    }

    @Test("of twelve months begins on a Monday", arguments: 0..<7)
    func weeks(_ offset: Int) {
        let period = Period(.year, until: today.advanced(by: offset))
        #expect(period.first?.weekday == 0)
    }

    @Test(
        "is compared day by day with the one before, without today",
        arguments: [
            ([10, 10, 10, 10, 10, 10, 900, 12, 12, 12, 12, 12, 12, 0], "20% more"),
            ([10, 10, 10, 10, 10, 10, 0, 9, 9, 9, 9, 9, 9, 500], "10% fewer"),
            ([10, 10, 10, 10, 10, 10, 0, 10, 10, 10, 10, 10, 10, 7], "about as many"),
            ([1, 0, 0, 0, 0, 0, 0, 100, 100, 0, 0, 0, 0, 7], "19,900% more"),
            ([0, 0, 0, 0, 0, 0, 9, 10, 10, 10, 10, 10, 10, 7], nil),
        ] as [([Int], String?)]
    )
    func change(_ visits: [Int], _ change: String?) {
        let days = days(visits)
        let statistics = Statistics(total: days.sum, since: days[0].day, days: days)
        #expect(Period(.week, until: today).change(of: \.count, in: statistics)?.amount == change)
    }

    @Test("is not compared with one that began before the first visit")
    func noChange() {
        let days = days([Int](repeating: 10, count: 14))
        let statistics = Statistics(total: days.sum, since: days[1].day, days: days)
        #expect(Period(.week, until: today).change(of: \.count, in: statistics) == nil)
    }
}

@Suite("The bars of the chart")
struct BarTests {
    @Test(
        "are days, weeks, months or years, at most 120",
        arguments: [
            (7, Bar.Unit.day, 7), (92, .day, 92), (93, .week, 14), (731, .week, 105), (732, .month, 25),
            (3600, .month, 119),
            (3653, .year, 11), (11_000, .year, 31),
        ]
    )
    func units(_ count: Int, _ unit: Bar.Unit, _ bars: Int) {
        let days = days([Int](repeating: 1, count: count))
        let result = Bar.bars(of: days, since: days[0].day)
        #expect(result.first?.unit == unit)
        #expect(result.count == bars)
        #expect(result.reduce(0) { $0 + ($1.count?.count ?? 0) } == count)
        #expect(result.last?.isOngoing == true && !result.dropLast().contains(where: \.isOngoing))
    }

    @Test("are absent before the first visit, and not zero")
    func absent() {
        let days = days([0, 0, 4, 0, 5])
        let counts = Bar.bars(of: days, since: days[2].day).map(\.count?.count)
        #expect(counts == [nil, nil, 4, 0, 5])
    }

    @Test("of weeks begin on Mondays, also before 1970", arguments: [today, Day(year: 1969, month: 12, day: 31)])
    func mondays(_ last: Day) {
        let days = (0..<100).map { Statistics.DayCount(day: last.advanced(by: $0 - 99)) }
        let bars = Bar.bars(of: days, since: nil)
        #expect(bars.dropFirst().allSatisfy { $0.first.weekday == 0 })
        #expect(bars.dropFirst().dropLast().allSatisfy { $0.last.number - $0.first.number == 6 })
    }

    @Test(
        "are named by their dates",
        arguments: [
            (Bar.Unit.day, "2026-11-02", "2026-11-02", "Mon 2 Nov 2026", "on 2 November"),
            (.week, "2026-11-02", "2026-11-08", "2–8 Nov 2026", "in the week of 2 November"),
            (.week, "2026-11-30", "2026-12-06", "30 Nov – 6 Dec 2026", "in the week of 30 November"),
            (.week, "2026-12-28", "2027-01-03", "28 Dec 2026 – 3 Jan 2027", "in the week of 28 December"),
            (.week, "2026-11-30", "2026-11-30", "30 Nov 2026", "in the week of 30 November"),
            (.month, "2026-11-02", "2026-11-30", "November 2026", "in November 2026"),
            (.year, "2026-01-01", "2026-12-31", "2026", "in 2026"),
        ]
    )
    func names(_ unit: Bar.Unit, _ first: String, _ last: String, _ name: String, _ place: String) throws {
        let bar = Bar(unit: unit, first: try #require(Day(first)), last: try #require(Day(last)))
        #expect(bar.name == name)
        #expect(bar.place == place)
    }
}

@Suite("The scale of the chart")
struct ScaleTests {
    @Test(
        "has up to three lines at round numbers",
        arguments: [
            (0, [1]), (1, [1]), (2, [1, 2]), (3, [1, 2, 3]), (4, [2, 4]), (9, [4, 8]), (10, [4, 8]), (20, [10, 20]),
            (12, [4, 8, 12]),
            (39, [10, 20, 30]), (99, [25, 50, 75]), (130, [50, 100]), (1204, [500, 1000]), (40_000, [20_000, 40_000]),
        ]
    )
    func lines(_ highest: Int, _ lines: [Int]) {
        #expect(Scale(upTo: highest).lines == lines)
    }

    @Test(
        "is filled by the highest bar to more than three quarters",
        arguments: [1, 7, 8, 19, 99, 100, 101, 12_345, 1 << 53]
    )
    func height(_ highest: Int) {
        let scale = Scale(upTo: highest)
        #expect((0.75...1).contains(scale.height(of: highest)))
        #expect(scale.height(of: 0) == 0)
        #expect((1...3).contains(scale.lines.count))
    }
}

@Suite("HTML")
struct HTMLTests {
    @Test("escapes text, groups numbers, and keeps HTML")
    func interpolation() {
        let item: HTML = "<li title=\"\("\"&'")\">\(1234)"
        let none: HTML? = nil
        let list: HTML = "<ul>\([item, item])\(none)</ul>\("<b>")"
        let escaped = "<li title=\"&quot;&amp;&#39;\">1,234"
        #expect(list.text == "<ul>\(escaped)\(escaped)</ul>&lt;b&gt;")
    }

    @Test(
        "shows the invisible characters of a page as codes",
        arguments: [
            ("/<script>", "<bdi>/&lt;script&gt;</bdi>"), ("/\u{202E}gnp.exe", "<bdi>/<i>U+202E</i>gnp.exe</bdi>"),
            ("/\u{2028}a\u{200B}", "<bdi>/<i>U+2028</i>a<i>U+200B</i></bdi>"),
            ("/\u{E0001}", "<bdi>/<i>U+E0001</i></bdi>"),
            ("/👩‍👩‍👧", "<bdi>/👩‍👩‍👧</bdi>"), ("/❤️", "<bdi>/❤️</bdi>"),
        ]
    )
    func pages(_ path: String, _ html: String) {
        #expect(HTML(pageName: path).text == html)
    }
}

@Suite("The page of the dashboard")
struct DashboardPageTests {
    private func html(
        _ statistics: Statistics,
        _ query: String = "",
        host: String = "example.com",
        minutesLeft: Int = 312,
        maximumPages: Int = 1000
    ) throws -> String {
        let end = today.advanced(by: 1).start.milliseconds
        return DashboardPage(
            view: try DashboardView(Query(query), on: today),
            statistics: statistics,
            counter: CounterAddress(of: Request(host: host, isSecure: true), basePath: "/base"),
            maximumPages: maximumPages,
            now: Moment(instant: Instant(milliseconds: end - minutesLeft * 60_000), day: today)
        ).html.text
    }

    /// A counter that has counted one visit today.
    private var young: Statistics {
        .init(total: .init(count: 1, unique: 1), since: today, days: days([Int](repeating: 0, count: 59) + [1]))
    }

    @Test(
        "says when the day ends",
        arguments: [
            (312, "in 5\u{A0}h 12\u{A0}min, at"), (60, "in 1\u{A0}h 0\u{A0}min, at"), (59, "in 59\u{A0}min, at"),
        ]
    )
    func endOfDay(_ minutes: Int, _ text: String) throws {
        #expect(try html(young, minutesLeft: minutes).contains("The day ends \(text) 00:00 UTC."))
    }

    @Test("shows the snippet instead of a chart before the first visit")
    func firstDay() throws {
        let html = try html(.init(total: .zero, since: nil, days: days([Int](repeating: 0, count: 60))))
        #expect(html.contains("Nothing counted yet"))
        #expect(html.contains("&lt;script defer src=&quot;https://example.com/base/headcount.js&quot;&gt;"))
        #expect(!html.contains("<svg") && !html.contains("<nav"))
    }

    @Test("shows the first day, unless the numbers have no days")
    func since() throws {
        #expect(try html(young, "range=all").contains("<b>1</b><dd>Since 27 November 2026</div>"))
        var undated = young
        undated.since = nil
        #expect(try html(undated, "range=all").contains("<b>1</b><dd></div>"))
    }

    @Test("names the frozen script with its hash")
    func integrity() throws {
        let html = try html(young)
        #expect(html.contains("headcount-v1.js&quot; integrity=&quot;\(ScriptEndpoint.integrity)&quot;"))
    }

    @Test("doesn't repeat an invalid host", arguments: ["", "\"><script>", "a b", "evil.example/x", "é"])
    func host(_ host: String) throws {
        #expect(try html(young, host: host).contains("<h1>counter.example.com/base</h1>"))
    }

    @Test("shows what was left out today, in the singular or plural")
    func leftOut() throws {
        func notice(_ leftOut: LeftOut) throws -> Substring? {
            var statistics = young
            statistics.days[59].leftOut = leftOut
            let html = try html(statistics)
            guard let start = html.firstRange(of: "<ul class=\"notices\"><li>")?.upperBound else { return nil }
            return html[start...].prefix { $0 != "<" }
        }
        #expect(try notice(.zero) == nil)
        #expect(try notice(.init(crawlers: 1)) == "1 request from machines was left out today.")
        #expect(try notice(.init(prefetches: 2)) == "2 requests prefetched by browsers were left out today.")
        #expect(
            try notice(.init(crawlers: 1312, prefetches: 4, ignored: 2))
                == "1,312 requests from machines, 4 prefetched by browsers and 2 from ignored addresses were left out today."
        )
    }

    @Test("says that the page limit is reached, only when it is")
    func pageLimit() throws {
        var statistics = young
        statistics.countedPages = 7
        #expect(try !html(statistics, maximumPages: 8).contains("HEADCOUNT_MAX_PAGES"))
        #expect(try html(statistics, maximumPages: 7).contains("The page limit of 7 is reached"))
    }

    @Test(
        "fits into the buffer of a connection, whatever strangers name their pages",
        arguments: ["\"", "\u{200B}", "<", "é"]
    )
    func length(_ character: Character) throws {
        let name = String(repeating: character, count: 511 / String(character).utf8.count)
        var statistics = young
        statistics.pages = (0..<100).map { .init(path: "/\(name)", count: .init(count: 100 - $0)) }
        statistics.matchingPages = 1000
        let html = try html(statistics, "pages=100")
        #expect(html.utf8.count < 150_000)
        #expect(html.contains(" of 1,000 pages. The download has more."))
    }

    @Test("links to the same view of another range and of a page")
    func links() throws {
        var statistics = young
        statistics.pages = [.init(path: "/a b&c", count: .init(count: 1, unique: 1))]
        #expect(try html(statistics, "range=7d&q=%22").contains("<a href=\"?range=90d&amp;q=%22\">90 days</a>"))
        #expect(
            try html(statistics, "q=b").contains("<a href=\"?range=30d&amp;page=/a%20b%26c\"><bdi>/a b&amp;c</bdi></a>")
        )
        #expect(try html(statistics, "page=/a%26").contains("<a href=\"?range=all&amp;page=/a%26\">All</a>"))
    }

    @Test("refuses invalid values", arguments: ["range=8d", "range=", "pages=21", "pages=-1", "page=x"])
    func refused(_ query: String) throws {
        #expect(throws: Problem.self) { try DashboardView(Query(query), on: today) }
    }
}
