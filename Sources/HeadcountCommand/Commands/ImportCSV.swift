import ArgumentParser
import Glibc
import Headcount

struct ImportCSV: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-csv",
        abstract: "Take over the visits in GoatCounter's CSV export.",
        discussion: """
            Reads an export of version 2, plain or gzip. Each page view is a visit, and each session is one unique visitor \
            a day; events and bots are not counted. Without --apply it only shows what it would add.

            A day of a file is not imported twice. A day is left out if the counter has visits on it already, or if it is \
            before the counter's first day and the total has visits from before that. The report lists such days.

            EXAMPLES:
              headcount import-csv goatcounter-export.csv.gz
              headcount import-csv --apply goatcounter-export.csv.gz
            """
    )

    @Argument(help: "The export, such as goatcounter-export.csv.gz; - for standard input.", completion: .file())
    var file: String

    @Flag(help: "Add the visits.")
    var apply = false

    @Flag(help: "Also add to days that would be left out, which may count visits twice.")
    var allDays = false

    func run() throws {
        let counter = try Counter()
        let tally = try GoatCounterTally(file, today: Day(containing: .now()))
        let name = "csv \(tally.digest)"
        let old = try counter.store.receipts([name])[name]
        let histories = try counter.store.histories()
        let days = sort(tally.days.keys, leftOutBefore: old, site: histories.first ?? History(page: nil))
        let chosen = Set(days[.added, default: []])
        let (additions, beyond) = counter.withinPageLimit(tally.histories(of: chosen), besides: histories)
        show(tally)
        ImportReport.showLeftOut(days)
        ImportReport.showAdditions(additions, pagesBeyondLimit: beyond)
        guard !chosen.isEmpty else { return }
        guard apply else { return print("Nothing was changed. Pass --apply to add this.") }
        let leftOut = (days[.counted, default: []] + days[.before, default: []]).map(\.description)
        let receipt = Receipt(name, old: old, new: leftOut.joined(separator: " "))
        let bar = ProgressBar("adding", of: additions.count)
        _ = try counter.store.merge(additions, for: [receipt], progress: { bar.show($0) })
        bar.end()
        print("Added. The site has \(try counter.total().inWords).")
    }

    /// - Parameter receipt: the days that an earlier import of this file left out, separated by spaces.
    private func sort(_ days: some Sequence<Day>, leftOutBefore receipt: String?, site: History) -> [DayVerdict: [Day]]
    {
        let leftOutBefore = receipt.map { Set($0.split(separator: " ").compactMap { Day(String($0)) }) }
        let counted = Set(site.days.filter { $0.count.count > 0 }.map(\.day))
        let firstDay = site.firstDayOnRecord
        return Dictionary(grouping: days.sorted()) { day -> DayVerdict in
            if let leftOutBefore, !leftOutBefore.contains(day) { return .imported }
            if allDays { return .added }
            if day < firstDay { return .before }
            return counted.contains(day) ? .counted : .added
        }
    }

    private func show(_ tally: GoatCounterTally) {
        let visits = tally.days.values.reduce(0) { $0 + $1.count }
        let shown = ", of which GoatCounter shows \(tally.firstVisits.grouped)"
        ImportReport.showLines(
            found: [(tally.rows, "row", ""), (visits, "visit", shown)],
            leftOut: [
                (tally.events, "events"), (tally.bots, "from bots"),
                (tally.unusable, "with a path that can't be a page"),
            ]
        )
        if tally.withoutSession > 0 {
            print("\n\(tally.withoutSession.of("visit")) without a session: each counts as unique.")
        }
    }
}
