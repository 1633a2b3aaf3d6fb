import ArgumentParser
import Glibc
import Headcount

struct ImportLog: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Count past visits from access logs.",
        discussion: """
            Reads logs of nginx or Apache in the combined format, plain or gzip, in any order, and counts what the service \
            would have counted: pages answered with 200 or 304, but not their assets; no crawlers and no addresses in \
            HEADCOUNT_IGNORE; each visitor once a day. Without --apply it only shows what it would add.

            Visits are not imported twice, even if logs were rotated, compressed, joined or have grown. Always pass all files \
            that have lines of a day: a day is left out if some of its visits were imported before that these files don't \
            have, or have in another order. It is also left out if the counter itself counted on that day, or if it is \
            before the counter's first day and the total has visits from before that. The summary lists such days.

            The last line of a plain file is ignored until it ends with a line feed. Lines dated later than tomorrow are not \
            counted.

            EXAMPLES:
              headcount import-log /var/log/nginx/access.log*
              headcount import-log --apply /var/log/nginx/access.log*
            """
    )

    @Argument(help: "The logs, in any order.", completion: .file())
    var files: [String]

    @Flag(help: "Add the visits.")
    var apply = false

    @Flag(help: "Also add to days that would be left out, which may count visits twice.")
    var allDays = false

    func run() throws {
        let counter = try Counter()
        Self.allowManyFiles()
        var tally = LogTally(counter.configuration, today: Day(containing: .now()))
        try Self.read(files.map { (path) throws(Failure) in try LogFile(path: path) }, into: &tally)
        try tally.finish { try counter.store.ledgers(of: $0) }
        let histories = try counter.store.histories()
        let days = sort(tally.days, site: histories.first ?? History(page: nil))
        let additions = tally.histories(
            of: days[.added, default: []],
            mayCount: Self.limit(histories.compactMap(\.page), to: counter.configuration.maximumPages)
        )
        show(tally.summary, additions)
        for reason in [Verdict.counted, .before, .incomplete] { show(days[reason, default: []], reason.rawValue) }
        if apply {
            try add(days[.added, default: []], of: tally, pages: Set(additions.compactMap(\.page)), to: counter)
        } else {
            print("Nothing was changed. Pass --apply to add this.")
        }
    }

    /// Sorts the days with new visits by whether they are added.
    private func sort(_ days: [Day: LogDay], site: History) -> [Verdict: [Day]] {
        let counts = Dictionary(uniqueKeysWithValues: site.days.map { ($0.day, $0.count.count) })
        // Visits from before the first day may be the log's: of pruned days, or of another counter that was taken over.
        let firstVisit = site.days.first { $0.count.count > 0 }?.day ?? Day(number: .max)
        let firstDay = site.before.count == 0 ? Day(number: .min) : firstVisit
        let new = days.filter { $0.value.site.count > 0 }.sorted { $0.key < $1.key }
        return Dictionary(grouping: new) { day, news -> Verdict in
            if allDays { return .added }
            if day < firstDay { return .before }
            if counts[day, default: 0] > news.old.added { return .counted }
            return news.isWhole ? .added : .incomplete
        }.mapValues { $0.map(\.key) }
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

    /// Adds the visits of a month at a time, since a merge takes the receipts of a month.
    private func add(_ days: [Day], of tally: LogTally, pages: Set<Page>, to counter: Counter) throws {
        guard !days.isEmpty else { return }
        let months = Dictionary(grouping: days) { "\($0)".prefix(7) }.sorted { $0.key < $1.key }.map(\.value)
        let bar = ProgressBar("adding", of: months.count)
        for (number, days) in months.enumerated() {
            let receipts = days.compactMap { day in tally.days[day]?.receipt(for: day) }
            _ = try counter.store.merge(tally.histories(of: days, mayCount: pages.contains), for: receipts)
            bar.show(number + 1)
        }
        bar.end()
        print("Added. The site has \(try counter.total().inWords).")
    }

    /// Whether the new visits of a day are added, or why the day is left out.
    private enum Verdict: String {
        case added
        case counted = "the counter itself has counted then. --all-days adds to them."
        case before = "the total has visits from before its days, which may be these. --all-days adds them."
        case incomplete = """
            parts were imported before, from files that are not here, in another order or with other settings.
            Pass all files that have lines of a day, or --all-days, which may count visits twice.
            """
    }

    private static func read(_ logs: [LogFile], into tally: inout LogTally) throws(Failure) {
        let bar = ProgressBar("reading", of: max(1, logs.map(\.size).reduce(0, +) >> 20))
        defer { bar.end() }
        var before = 0
        for log in logs {
            let past = tally.summary
            _ = try log.read(progress: { bar.show((before + $0) >> 20) }) { tally.add($0) }
            before += log.size
            tally.endFile()
            let (lines, unreadable) = (tally.summary.lines - past.lines, tally.summary.unreadable - past.unreadable)
            try check(log, lines: lines, unreadable: unreadable)
        }
    }

    /// Refuses a file of which more than half the lines are unreadable.
    private static func check(_ log: LogFile, lines: Int, unreadable: Int) throws(Failure) {
        guard unreadable * 2 > lines else { return }
        let reason = "\(unreadable.grouped) of \(lines.grouped) lines are not in the combined format"
        throw Failure("\(log.path): \(reason); nothing was changed", EX_DATAERR)
    }

    private func show(_ summary: LogTally.Summary, _ additions: [History]) {
        func line(_ number: Int, _ text: String) { print(number.grouped.padded(to: 14) + "  " + text) }
        line(summary.lines, "lines")
        line(summary.others, "other requests: not for a page, not GET, or not answered with 200 or 304")
        line(summary.crawlers, "from crawlers")
        if summary.ignored > 0 { line(summary.ignored, "from addresses in HEADCOUNT_IGNORE") }
        if summary.unreadable > 0 { line(summary.unreadable, "not in the combined format") }
        if summary.future > 0 {
            line(summary.future, "dated in the future, the first: \(summary.firstInFuture.oneLine.prefix(200))")
        }
        line(summary.imported, "visits imported before")
        line(summary.visits, "visits")
        let days = additions[0].days
        let range = days.first.map { " on \(days.count.grouped) days from \($0.day)" } ?? ""
        print("\nTo add: \(additions[0].total.inWords)\(range), \((additions.count - 1).grouped) pages.")
    }

    /// Prints which days are left out, and why.
    private func show(_ days: [Day], _ reason: String) {
        guard let first = days.first, let last = days.last else { return }
        let which =
            first == last
            ? "1 day is left out, \(first)" : "\(days.count.grouped) days are left out, \(first) to \(last)"
        print("\(which): \(reason)")
    }

    /// Raises the limit of open files as far as possible, since all logs are open at once.
    private static func allowManyFiles() {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(files, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(files, &limit)
    }
}

extension OwnerStore {
    /// What was imported of these days before.
    fileprivate func ledgers(of days: [Day]) throws(StoreError) -> [Day: LogLedger] {
        let receipts = try receipts(days.map(LogLedger.name))
        var ledgers: [Day: LogLedger] = [:]
        for day in days { ledgers[day] = receipts[LogLedger.name(day)].flatMap(LogLedger.init) }
        return ledgers
    }
}

extension LogDay {
    fileprivate func receipt(for day: Day) -> Receipt {
        Receipt(LogLedger.name(day), old: old == LogLedger() ? nil : "\(old)", new: "\(new)")
    }
}
