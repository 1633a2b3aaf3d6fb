import ArgumentParser
import Glibc
import Headcount

struct ImportLog: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Count past visits from access logs.",
        discussion: """
            Counts what the service would have counted: pages answered with 200 or 304, but not the files that they load; no \
            crawlers and no addresses in HEADCOUNT_IGNORE; each visitor once a day. Without --apply it only shows what it \
            would add, and what it leaves out. An import can't be undone.

            FORMATS. These are recognised: combined and common of nginx, Apache and lighttpd, nginx's main, Apache's \
            vhost_combined, Caddy's JSON, CloudFront's standard log. For any other log pass --format: ingress-nginx, \
            lighttpd, nginx-proxy-manager, traefik, or the server's log_format in nginx's syntax. Write

              $remote_addr  where the visitor's address is
              $time_local, $time_iso8601 or $msec
              $request, or $request_method and $request_uri
              $status
              $http_user_agent, to recognise crawlers
              $http_x_forwarded_for, for --address forwarded
              $_  for any other word, or at the end for the rest of the line
              $common, $combined, $main  for a whole format

            If more than one line in ten of a file does not fit, nothing is imported. Fewer are enough if they contradict a \
            format that was recognised, and may hold most of the visits.

            NOTHING COUNTS TWICE, even if logs were rotated, compressed, joined or have grown. Pass all files that have lines \
            of a day together: a day is left out if they lack visits of it that were imported before, or have them in another \
            order. A day is also left out if the counter itself counted on it, or if it is before the counter's first day and \
            the total has visits from before that. The last line of a file is left out until it ends with a line feed.

            EXAMPLES:
              headcount import-log /var/log/nginx/access.log*
              headcount import-log --apply /var/log/nginx/access.log*
              headcount import-log --format '$_ $_ $combined' proxy.log
              xz -dc access.log.1.xz | headcount import-log -
            """
    )

    @Argument(help: "The logs, in any order; - for standard input.", completion: .file())
    var files: [String]

    @Option(help: ArgumentHelp("The format of all files, by name or as nginx's log_format.", valueName: "format"))
    var format: String?

    @Option(
        help: ArgumentHelp(
            "Take the visitor's address from the connection, or the first public one in X-Forwarded-For.",
            valueName: "source"
        )
    )
    var address = LogAddress.Source.remote

    @Option(
        help: ArgumentHelp("Count files with this ending as pages, such as js. May be repeated.", valueName: "ending")
    )
    var ending: [String] = []

    @Flag(help: "The counter is on another host: /headcount is a page of this site.")
    var counterElsewhere = false

    @Flag(help: "Add the visits.")
    var apply = false

    @Flag(help: "Also add to days that would be left out, which may count visits twice.")
    var allDays = false

    mutating func validate() throws {
        ending = ending.map { $0.drop { $0 == "." }.lowercased() }
        if let ending = ending.first(where: { !LogPages.fileEndings.contains($0) }) {
            throw ValidationError("--ending \(ending): files with this ending are not left out.")
        }
    }

    func run() throws {
        let counter = try Counter()
        Self.allowManyFiles()
        let pages = LogPages(
            counter.configuration,
            countedEndings: Set(ending),
            isCounterElsewhere: counterElsewhere
        )
        var tally = LogTally(counter.configuration, today: Day(containing: .now()), pages: pages, address: address)
        try read(files.map { (path) throws(Failure) in try LogFile(path: path) }, into: &tally)
        guard address == .remote || tally.summary.forwarded > 0 || tally.summary.visits == 0 else {
            throw Failure(
                "--address forwarded: no visit in the logs has X-Forwarded-For; nothing was changed",
                EX_DATAERR
            )
        }
        try tally.finish { try counter.store.ledgers(of: $0) }
        let histories = try counter.store.histories()
        let days = sort(tally.days, site: histories.first ?? History(page: nil))
        let all = tally.histories(of: days[.added, default: []])
        let (additions, beyond) = counter.withinPageLimit(all, besides: histories)
        tally.summary.show()
        ImportReport.showLeftOut(days)
        ImportReport.showAdditions(additions, pagesBeyondLimit: beyond)
        guard let added = days[.added] else { return }
        guard apply else { return print("Nothing was changed. Pass --apply to add this.") }
        try add(added, of: tally, pages: Set(additions.compactMap(\.page)), to: counter)
    }

    /// Sorts the days with new visits by whether they are added.
    private func sort(_ days: [Day: LogDay], site: History) -> [DayVerdict: [Day]] {
        let counts = Dictionary(uniqueKeysWithValues: site.days.map { ($0.day, $0.count.count) })
        let firstDay = site.firstDayOnRecord
        let new = days.filter { $0.value.site.count > 0 }.sorted { $0.key < $1.key }
        return Dictionary(grouping: new) { day, logDay -> DayVerdict in
            if allDays { return .added }
            if day < firstDay { return .before }
            if counts[day, default: 0] > logDay.old.added { return .counted }
            return logDay.isWhole ? .added : .incomplete
        }.mapValues { $0.map(\.key) }
    }

    /// Adds the visits of a month at a time, since a merge takes the receipts of a month.
    private func add(_ days: [Day], of tally: LogTally, pages: Set<Page>, to counter: Counter) throws {
        let months = Dictionary(grouping: days) { "\($0)".prefix(7) }.sorted { $0.key < $1.key }.map(\.value)
        let bar = ProgressBar("adding", of: months.count)
        for (number, days) in months.enumerated() {
            let receipts = days.compactMap { day in tally.days[day]?.receipt(for: day) }
            let additions = tally.histories(of: days).filter { $0.page.map(pages.contains) ?? true }
            _ = try counter.store.merge(additions, for: receipts)
            bar.show(number + 1)
        }
        bar.end()
        print("Added. The site has \(try counter.total().inWords).")
    }

    private func read(_ logs: [LogFile], into tally: inout LogTally) throws {
        let recognised = try LogFormats.recognised()
        let given = try format.map { (text) throws(Failure) in
            do throws(InvalidValue) {
                return try LogFormats.named(text)
            } catch {
                throw Failure("--format \(error.reason)", EX_USAGE)
            }
        }
        let bar = ProgressBar("reading", of: max(1, logs.map { $0.file.size >> 20 }.reduce(0, +)))
        defer { bar.end() }
        var before = 0
        for log in logs {
            var reader = LogReader(given, recognised: recognised)
            let visits = tally.summary.visits
            let unfinished = try log.read(progress: { bar.show((before &+ $0) >> 20) }) { line in
                reader.read(line) { tally.add($0) }
            }
            before &+= log.file.size
            // A file whose only line is unfinished may be no log at all.
            var trial = reader
            if reader.lines == 0, var unfinished { unfinished.withUTF8 { trial.read($0) { _ in } } }
            if let lines = trial.refusal(visits: tally.summary.visits - visits) {
                var failure = Failure("", EX_DATAERR)
                failure.lines = ["\(log.file.name): \(lines[0])"] + lines.dropFirst()
                throw failure
            }
            tally.endFile(reader, unfinished: unfinished)
        }
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
