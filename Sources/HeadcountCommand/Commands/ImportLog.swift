import ArgumentParser
import Glibc
import Headcount

struct ImportLog: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Count the past from access logs.",
        discussion: """
            Reads logs of nginx or Apache in the combined format, plain or gzip, in any order, and counts what the service \
            would have counted: pages that were answered with 200 or 304, not what they load; no crawlers, no addresses of \
            HEADCOUNT_IGNORE; each visitor once a day. Without --apply it only tells what it would add.

            What was imported is not added again: logs may have been rotated, compressed, joined and have grown. Give all \
            files that have lines of a day together: a day is left out if visits of it were imported before that these \
            files don't have, or have in another order. So are days on which the counter has counted itself, and days \
            before all of its days if its total has visits from before these. The summary says which.

            The last line of a plain file counts once it is ended.

            EXAMPLES:
              headcount import-log /var/log/nginx/access.log*
              headcount import-log --apply /var/log/nginx/access.log*
            """
    )

    @Argument(help: "The logs, in any order.", completion: .file())
    var files: [String]

    @Flag(help: "Add the visits.")
    var apply = false

    @Flag(help: "Also add to days that are left out otherwise, which may count visits twice.")
    var allDays = false

    func run() throws {
        let owner = try Owner()
        Self.allowManyFiles()
        var tally = LogTally(owner.configuration)
        try Self.read(files.map { (path) throws(Failure) in try LogFile(path: path) }, into: &tally)
        try tally.finish { days in
            let receipts = try owner.store.receipts(days.map(LogLedger.name))
            return Dictionary(
                uniqueKeysWithValues: days.compactMap { day in
                    receipts[LogLedger.name(day)].flatMap(LogLedger.init).map { (day, $0) }
                }
            )
        }
        let histories = try owner.store.histories()
        let site = histories.first ?? History(page: nil)
        let counted = Dictionary(uniqueKeysWithValues: site.days.map { ($0.day, $0.count.count) })
        // What came before the days on record may be of the log's days: they were forgotten, or another counter's.
        let beginning = site.before.count == 0 ? Day(number: .min) : site.days.first?.day ?? Day(number: .max)
        let new = tally.days.filter { $0.value.site.count > 0 }.sorted { $0.key < $1.key }
        let verdicts = Dictionary(grouping: new) { day, news -> Verdict in
            if allDays { return .chosen }
            if day < beginning { return .before }
            if counted[day, default: 0] > news.old.added { return .counted }
            return news.isWhole ? .chosen : .cut
        }.mapValues { $0.map(\.key) }
        let chosen = verdicts[.chosen, default: []]

        var room = max(0, owner.configuration.maximumPages - (histories.count - 1))
        let present = Set(histories.compactMap(\.page))
        let additions = tally.histories(of: chosen) { page in
            if present.contains(page) { return true }
            room -= 1
            return room >= 0
        }
        show(tally.summary, additions)
        for verdict in [Verdict.counted, .before, .cut] { show(verdicts[verdict, default: []], verdict.rawValue) }
        guard apply else {
            print("Nothing was changed. Pass --apply to add this.")
            return
        }
        guard !chosen.isEmpty else { return }
        let pages = Set(additions.compactMap(\.page))
        // A month at a time: not every store takes more receipts at once.
        let months = Dictionary(grouping: chosen) { "\($0)".prefix(7) }.sorted { $0.key < $1.key }.map(\.value)
        let bar = ProgressBar("adding", of: months.count)
        for (number, days) in months.enumerated() {
            let receipts = days.compactMap { day in
                tally.days[day].map { news in
                    let old = news.old == LogLedger() ? nil : "\(news.old)"
                    return Receipt(LogLedger.name(day), old: old, new: "\(news.new)")
                }
            }
            _ = try owner.store.merge(tally.histories(of: days, mayCount: pages.contains), for: receipts)
            bar.show(number + 1)
        }
        bar.end()
        print("Added. The site has \(try owner.total().inWords).")
    }

    /// Whether a day with news is added, or why it is left out.
    private enum Verdict: String {
        case chosen
        case counted = "the counter has counted then. --all-days adds to them."
        case before = "the total has visits from before its days, which may be these. --all-days adds them."
        case cut = """
            parts were imported before, from files that are not here, in another order or with other settings.
            Give all files that have lines of a day together, or pass --all-days, which may count visits twice.
            """
    }

    private static func read(_ logs: [LogFile], into tally: inout LogTally) throws(Failure) {
        let bar = ProgressBar("reading", of: max(1, logs.map(\.size).reduce(0, +) >> 20))
        defer { bar.end() }
        var before = 0
        for log in logs {
            let past = tally.summary
            try log.read(progress: { bar.show((before + $0) >> 20) }) { tally.add($0) }
            before += log.size
            tally.endFile()
            try check(log, lines: tally.summary.lines - past.lines, odd: tally.summary.unreadable - past.unreadable)
        }
    }

    /// Nothing is taken from a file that is mostly something else.
    private static func check(_ log: LogFile, lines: Int, odd: Int) throws(Failure) {
        guard odd * 2 > lines else { return }
        let reason = "\(odd.grouped) of \(lines.grouped) lines are in another format than the combined one"
        throw Failure("\(log.path): \(reason); nothing was changed", EX_DATAERR)
    }

    private func show(_ summary: LogTally.Summary, _ additions: [History]) {
        func line(_ number: Int, _ text: String) { print(number.grouped.padded(to: 14) + "  " + text) }
        line(summary.lines, "lines")
        line(summary.others, "of them other requests: no pages, other methods, other answers than 200 and 304")
        line(summary.crawlers, "by crawlers")
        if summary.ignored > 0 { line(summary.ignored, "from addresses in HEADCOUNT_IGNORE") }
        if summary.unreadable > 0 { line(summary.unreadable, "in another format") }
        line(summary.imported, "visits that were imported before")
        line(summary.visits, "visits")
        let days = additions[0].days
        let range = days.first.map { " on \(days.count.grouped) days from \($0.day)" } ?? ""
        print("\nTo add: \(additions[0].total.inWords)\(range), \((additions.count - 1).grouped) pages.")
    }

    /// Says which days are left out, and why.
    private func show(_ days: [Day], _ reason: String) {
        guard let first = days.first, let last = days.last else { return }
        let which =
            first == last
            ? "1 day is left out, \(first)" : "\(days.count.grouped) days are left out, \(first) to \(last)"
        print("\(which): \(reason)")
    }

    /// As many as the system allows, since all are open at once.
    private static func allowManyFiles() {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(files, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(files, &limit)
    }
}
