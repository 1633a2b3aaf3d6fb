import FoundationEssentials
import Headcount
import Testing

@Suite("A day")
struct DayTests {
    @Test("is written as Foundation writes it, since the Gregorian calendar began")
    func description() {
        let style = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day()
        for number in -141_000..<146_097 {
            let date = Date(timeIntervalSince1970: Double(number) * 86_400)
            let name = style.format(date)
            guard Day(number: number).description != name else { continue }
            Issue.record("day \(number) is \(Day(number: number)), not \(name)")
            return
        }
    }

    @Test(
        "begins and ends at midnight UTC",
        arguments: [(0, 0), (86_399_999, 0), (86_400_000, 1), (-1, -1), (-86_400_000, -1), (-86_400_001, -2)]
    )
    func containing(_ milliseconds: Int, _ number: Int) {
        #expect(Day(containing: Instant(milliseconds: milliseconds)).number == number)
    }

    @Test("is parsed from its description", arguments: [-719_528, -1, 0, 59, 11_016, 20_781, 2_932_896])
    func roundTrip(_ number: Int) {
        let day = Day(number: number)
        #expect(Day("\(day)") == day)
    }

    @Test(
        "refuses text that is not a date",
        arguments: [
            "2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "26-01-01", "2026-11-24 ", "", "2026/11/24",
            "+026-01-01",
        ]
    )
    func refused(_ text: String) {
        #expect(Day(text) == nil)
    }
}
