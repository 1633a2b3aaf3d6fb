import ArgumentParser
import Glibc
import Headcount

struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the numbers: totals, days and pages.",
        discussion: """
            Days are days of UTC. Unique is the sum of each day's unique visitors.

            EXAMPLES:
              headcount stats --days 7
              headcount stats --page /blog --csv > blog.csv
              headcount stats --json | jq .count
            """
    )

    @Option(help: ArgumentHelp("How many days, including today: 1 to 366.", valueName: "n"))
    var days = Statistics.defaultDays

    @Option(help: ArgumentHelp("Only of this page, such as /blog.", valueName: "path"))
    var page: Page?

    @Flag(help: "Print JSON, as /headcount/stats returns it.")
    var json = false

    @Flag(help: "Print CSV, a line for each day, as /headcount/days.csv returns it.")
    var csv = false

    func validate() throws {
        guard Statistics.allowedDays.contains(days) else {
            throw ValidationError("--days must be a whole number from 1 to \(Statistics.allowedDays.upperBound).")
        }
        guard !json || !csv else { throw ValidationError("--json and --csv exclude each other.") }
    }

    func run() throws {
        let counter = try Counter(for: .reading)
        let last = Day(containing: .now())
        let first = last.advanced(by: 1 - days)
        let query = StatisticsQuery(
            page: page,
            first: first,
            last: last,
            maximumPages: csv ? 0 : Statistics.defaultPages
        )
        let statistics = try counter.store.statistics(for: query)
        if let page, statistics.total == .zero {
            throw Failure("there is no page \(page.path)", EX_NOINPUT)
        }
        if json {
            print(statistics.json)
        } else if csv {
            print(statistics.daysCSV.replacing("\r\n", with: "\n"), terminator: "")
        } else {
            let report = Report(statistics, hasColour: Terminal.hasColour, width: Terminal.width)
            print(report.text, terminator: "")
        }
    }
}
