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
            before the counter's first day and the total has visits from before that. The summary lists such days.

            EXAMPLES:
              headcount import-csv goatcounter-export.csv.gz
              headcount import-csv --apply goatcounter-export.csv.gz
            """
    )

    @Argument(help: "The export, such as goatcounter-export.csv.gz.", completion: .file())
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
        let mayCount = Self.limit(histories.compactMap(\.page), to: counter.configuration.maximumPages)
        let all = tally.histories(of: chosen)
        let additions = all.filter { $0.page.map(mayCount) ?? true }
        show(tally)
        show(additions, withoutPages: all.count - additions.count)
        for reason in [Verdict.imported, .counted, .before] { show(days[reason, default: []], reason) }
        guard !chosen.isEmpty else { return print("Nothing was changed.") }
        guard apply else { return print("Nothing was changed. Pass --apply to add this.") }
        let leftOut = (days[.counted, default: []] + days[.before, default: []]).map(\.description)
        let receipt = Receipt(name, old: old, new: leftOut.joined(separator: " "))
        let bar = ProgressBar("adding", of: additions.count)
        _ = try counter.store.merge(additions, for: [receipt], progress: { bar.show($0) })
        bar.end()
        print("Added. The site has \(try counter.total().inWords).")
    }

    /// Whether a day is added, or why it is left out.
    private enum Verdict: String {
        case added
        case imported = "imported from this file before."
        case counted = "the counter has visits then already. --all-days adds to them."
        case before = "the total has visits from before its days, which may be these. --all-days adds them."
    }

    /// - Parameter receipt: the days that an earlier import of this file left out, separated by spaces.
    private func sort(_ days: some Sequence<Day>, leftOutBefore receipt: String?, site: History) -> [Verdict: [Day]] {
        let leftOutBefore = receipt.map { Set($0.split(separator: " ").compactMap { Day(String($0)) }) }
        let counted = Set(site.days.filter { $0.count.count > 0 }.map(\.day))
        // Visits from before the first day may be the export's: of pruned days, or of a total that was set.
        let firstDay = site.before.count == 0 ? Day(number: .min) : counted.min() ?? Day(number: .max)
        return Dictionary(grouping: days.sorted()) { day -> Verdict in
            if let leftOutBefore, !leftOutBefore.contains(day) { return .imported }
            if allDays { return .added }
            if day < firstDay { return .before }
            return counted.contains(day) ? .counted : .added
        }
    }

    /// - Returns: a function that accepts the present pages, and other pages while there are fewer than `maximum`.
    private static func limit(_ pages: [Page], to maximum: Int) -> (Page) -> Bool {
        let present = Set(pages)
        var room = max(0, maximum - pages.count)
        return { page in
            if present.contains(page) { return true }
            room -= 1
            return room >= 0
        }
    }

    private func show(_ tally: GoatCounterTally) {
        func line(_ number: Int, _ text: String) { print(number.grouped.padded(to: 14) + "  " + text) }
        func line(_ rows: GoatCounterTally.LeftOutRows, _ text: String) {
            if rows.count > 0 { line(rows.count, "\(text), the first: \(rows.example.oneLine.prefix(200))") }
        }
        line(tally.rows, "rows")
        line(tally.events, "events")
        line(tally.bots, "from bots")
        line(tally.future, "dated in the future")
        line(tally.unusable, "with a path that can't be a page")
        line(
            tally.days.values.reduce(0) { $0 + $1.count },
            "visits, of which GoatCounter shows \(tally.firstVisits.grouped)"
        )
        if tally.withoutSession > 0 {
            line(tally.withoutSession, "of the visits have no session, so each counts as unique")
        }
    }

    /// - Parameter dropped: how many pages are not added.
    private func show(_ additions: [History], withoutPages dropped: Int) {
        let (site, shown) = (additions[0], additions.dropFirst().prefix(10))
        let range = site.days.first.map { " on \(site.days.count.grouped) days from \($0.day)" } ?? ""
        print("\nTo add: \(site.total.inWords)\(range), \((additions.count - 1).grouped) pages.")
        if dropped > 0 {
            print("Pages beyond HEADCOUNT_MAX_PAGES, which only count for the site: \(dropped.grouped).")
        }
        guard !shown.isEmpty else { return }
        print("\nvisits  unique  page")
        for page in shown {
            let total = page.total
            let numbers = "\(total.count.grouped.padded(to: 6))  \(total.unique.grouped.padded(to: 6))"
            print("\(numbers)  \(page.page?.path.oneLine ?? "")")
        }
        let rest = additions.count - 1 - shown.count
        print(rest > 0 ? "and \(rest.grouped) more\n" : "")
    }

    /// Prints which days are left out, and why.
    private func show(_ days: [Day], _ reason: Verdict) {
        guard let first = days.first, let last = days.last else { return }
        let which =
            first == last
            ? "1 day is left out, \(first)" : "\(days.count.grouped) days are left out, \(first) to \(last)"
        print("\(which): \(reason.rawValue)")
    }
}
