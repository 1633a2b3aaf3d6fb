import Headcount
import Testing

@testable import HeadcountCommand

@Suite("A report")
struct ReportTests {
    @Test(
        "has bars in steps of an eighth, at least one for any value",
        arguments: [(0, ""), (1, "▏"), (8, "▊"), (10, "█"), (50, "█████"), (56, "█████▋"), (100, "██████████")]
    )
    func bars(_ value: Int, _ bar: String) {
        #expect(Report.bar(value, of: 100, width: 10) == bar)
    }

    @Test("fits the terminal", arguments: [20, 40, 80, 300])
    func fits(_ width: Int) {
        let days = (0..<30).map {
            Statistics.DayCount(day: Day(number: 20_781 + $0), count: .init(count: $0 * 100_000, unique: $0))
        }
        let statistics = Statistics(total: days.sum, since: days[0].day, days: days, pages: [])
        let lines = Report(statistics, hasColour: false, width: width).text.split(separator: "\n")
        #expect(lines.dropFirst().map(\.count).max() ?? 0 <= max(40, min(120, width)))
        #expect(lines.count == 32)
    }

    @Test("without visits has no bars")
    func empty() {
        let day = Statistics.DayCount(day: Day(number: 20_781), leftOut: LeftOut(crawlers: 1312, ignored: 4))
        let text = Report(
            Statistics(total: .zero, since: nil, days: [day], pages: []),
            hasColour: true,
            width: 80
        ).text
        #expect(!text.contains("█") && text.contains("2026-11-24       0       0\n"))
        #expect(
            text.hasSuffix(
                "\n\nNot counted in these days: 1,312 from crawlers, 0 prefetched, 4 from ignored addresses\n"
            )
        )
    }
}

@Suite("A progress bar")
struct ProgressBarTests {
    @Test("is full when more is done than there was at first", arguments: [(0, 0), (150, 15), (300, 30), (400, 30)])
    func bar(_ done: Int, _ filled: Int) {
        let text = ProgressBar("reading", of: 300).text(done)
        #expect(text.filter { $0 == "\u{2588}" }.count == filled)
        #expect(text.filter { $0 == "\u{2591}" }.count == 30 - filled)
    }
}
