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
            files that have lines of a day together: a day whose lines were imported before, from files that are not among \
            these or were cut in another way, is left out. So are days on which the counter has counted itself, and days \
            before all of its days if its total has visits from before these. The summary tells which.

            The last line of a plain file counts once it is ended. Only regular files are read, no pipes.

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
        let logs = try LogFile.inOrder(files.map { (path) throws(Failure) in try LogFile(path: path) })
        let histories = try owner.store.histories()
        let past = LogPast(owner)
        let tally = try Self.read(logs, LogTally(owner.configuration, ledger: past.ledger))
        if let failure = past.failure { throw failure }
        let site = histories.first ?? History(page: nil)
        let counted = Dictionary(uniqueKeysWithValues: site.days.map { ($0.day, $0.count.count) })
        let new = tally.days.filter { $0.value.site.count > 0 }.keys.sorted()
        var leftOut = LogLeftOut()
        // What came before the days on record may be of the log's days: they were forgotten, or another counter's.
        let beginning = site.before.count == 0 ? Day(number: .min) : site.days.first?.day ?? Day(number: .max)
        let chosen = new.filter { day in
            if allDays { return true }
            guard day >= beginning else {
                leftOut.before.append(day)
                return false
            }
            guard counted[day, default: 0] <= past.ledger(of: day).visits else {
                leftOut.counted.append(day)
                return false
            }
            guard tally.isWhole(day) else {
                leftOut.cut.append(day)
                return false
            }
            return true
        }

        var room = max(0, owner.configuration.maximumPages - (histories.count - 1))
        let present = Set(histories.compactMap(\.page))
        let additions = tally.histories(of: chosen) { page in
            if present.contains(page) { return true }
            room -= 1
            return room >= 0
        }
        show(tally.summary, additions, leftOut)
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
            let receipts = days.map { day in
                let old = past.ledger(of: day)
                var new = old
                new.visits += tally.days[day]?.site.count ?? 0
                new.pieces += tally.days[day]?.pieces ?? []
                return Receipt(LogLedger.name(day), old: old == LogLedger() ? nil : "\(old)", new: "\(new)")
            }
            _ = try owner.store.merge(tally.histories(of: days, mayCount: pages.contains), for: receipts)
            bar.show(number + 1)
        }
        bar.end()
        print("Added. The site has \(try owner.total().inWords).")
    }

    private static func read(_ logs: [LogFile], _ empty: LogTally) throws(Failure) -> LogTally {
        var tally = empty
        let bar = ProgressBar("reading", of: max(1, logs.map(\.size).reduce(0, +) >> 20))
        defer { bar.end() }
        var before = 0
        for (index, log) in logs.enumerated() {
            var shown = 0
            let past = tally.summary
            tally.beginFile(next: index + 1 < logs.count ? logs[index + 1].begin.map(Day.init(containing:)) : nil)
            try log.read { line, offset in
                tally.add(line)
                if offset >> 20 != shown {
                    shown = offset >> 20
                    bar.show((before + offset) >> 20)
                }
                return true
            }
            before += log.size
            tally.endFile()
            try check(log, lines: tally.summary.lines - past.lines, odd: tally.summary.unreadable - past.unreadable)
        }
        return tally
    }

    /// Nothing is taken from a file that is mostly something else.
    private static func check(_ log: LogFile, lines: Int, odd: Int) throws(Failure) {
        guard odd * 2 > lines else { return }
        let reason = "\(odd.grouped) of \(lines.grouped) lines are in another format than the combined one"
        throw Failure("\(log.path): \(reason); nothing was changed", EX_DATAERR)
    }

    private func show(_ summary: LogTally.Summary, _ additions: [History], _ leftOut: LogLeftOut) {
        func line(_ number: Int, _ text: String) { print(number.grouped.padded(to: 14) + "  " + text) }
        line(summary.lines, "lines")
        line(summary.others, "of them other requests: no pages, other methods, other answers than 200 and 304")
        line(summary.crawlers, "by crawlers")
        if summary.ignored > 0 { line(summary.ignored, "from addresses in HEADCOUNT_IGNORE") }
        if summary.unreadable > 0 { line(summary.unreadable, "in another format") }
        line(summary.imported, "visits that were imported before")
        line(summary.visits, "visits")
        let total = additions[0].total
        print("")
        let days = additions[0].days
        let range = days.first.map { " on \(days.count.grouped) days from \($0.day)" } ?? ""
        print("To add: \(total.inWords)\(range), \((additions.count - 1).grouped) pages.")
        for line in leftOut.lines { print(line) }
    }

    /// As many as the system lets it, since all stay open.
    private static func allowManyFiles() {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(files, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(files, &limit)
    }
}

/// What the store knows of logs that were imported, day by day as they are asked for.
private final class LogPast {
    private let owner: Owner
    private var ledgers: [Day: LogLedger] = [:]
    private(set) var failure: StoreError?

    init(_ owner: Owner) { self.owner = owner }

    var ledger: (Day) -> LogLedger { { self.ledger(of: $0) } }

    func ledger(of day: Day) -> LogLedger {
        if let known = ledgers[day] { return known }
        var ledger = LogLedger()
        do throws(StoreError) {
            let name = LogLedger.name(day)
            if let text = try owner.store.receipts([name])[name] {
                guard let stored = LogLedger(text) else { throw StoreError("\(name): a receipt of a newer version") }
                ledger = stored
            }
        } catch {
            failure = failure ?? error
        }
        ledgers[day] = ledger
        return ledger
    }
}
