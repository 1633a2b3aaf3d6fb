import Glibc
import Headcount

/// Counts the visits in logs that the service would have counted.
struct LogTally {
    /// How many lines were used, and how many were not, by reason.
    struct Summary: Equatable {
        var lines = 0
        var visits = 0
        var imported = 0
        var crawlers = 0
        var ignored = 0
        var others = 0
        var unreadable = 0
        var future = 0
        /// The first line that is dated in the future.
        var firstInFuture = ""
    }

    private(set) var summary = Summary()
    /// The new visits, once all files are read.
    private(set) var days: [Day: LogDay] = [:]
    private var pages: LogPages
    private let ignoredAddresses: [AddressBlock]
    private let crawlers: Crawlers?
    /// Later days are in the future, by any time zone.
    private let lastDay: Day
    /// Whether a User-Agent is a crawler's, by its hash.
    private var verdicts: [Int: Bool] = [:]
    /// The visits of the file that is being read, and those of earlier files.
    private var file: [Day: LogSegment] = [:]
    private var segments: [Day: [LogSegment]] = [:]

    private static let verdictCapacity = 1 << 16

    init(_ configuration: Configuration, today: Day) {
        lastDay = today.advanced(by: 1)
        pages = LogPages(configuration)
        ignoredAddresses = configuration.ignored
        crawlers = configuration.countsCrawlers ? nil : Crawlers()
    }

    mutating func add(_ bytes: LogLine.Bytes) {
        summary.lines += 1
        guard let line = LogLine(bytes) else {
            summary.unreadable += 1
            return
        }
        let day = Day(containing: line.time)
        guard day <= lastDay else {
            if summary.future == 0 { summary.firstInFuture = String(decoding: bytes, as: UTF8.self) }
            summary.future += 1
            return
        }
        guard let visit = visit(line) else { return }
        file[day, default: LogSegment(begin: line.time)].visits.append(visit)
    }

    mutating func endFile() {
        for (day, segment) in file { segments[day, default: []].append(segment) }
        file = [:]
    }

    /// Finds the new visits after the last file was read.
    ///
    /// - Parameter ledgers: returns what was imported before of the days of the logs.
    mutating func finish(_ ledgers: ([Day]) throws -> [Day: LogLedger]) rethrows {
        let ledgers = try ledgers(segments.keys.sorted())
        for (day, segments) in segments {
            let news = LogDay(segments, ledgers[day] ?? LogLedger())
            summary.visits += news.site.count
            summary.imported += segments.reduce(0) { $0 + $1.visits.count } - news.site.count
            days[day] = news
        }
        segments = [:]
    }

    /// Rejects a line at the first failed check.
    private mutating func visit(_ line: LogLine) -> LogVisit? {
        guard let path = line.path, line.status == 200 || line.status == 304, case .page(let page) = pages.target(path)
        else {
            summary.others += 1
            return nil
        }
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(line.userAgent))
        guard !isCrawler(line.userAgent, hasher.finalize()) else {
            summary.crawlers += 1
            return nil
        }
        if let address = IPAddress(UnsafeRawBufferPointer(line.address)) {
            guard !ignoredAddresses.contains(where: { $0.contains(address) }) else {
                summary.ignored += 1
                return nil
            }
            hasher.combine(address.visitorPrefix.high)
            hasher.combine(address.visitorPrefix.low)
        } else {
            // A host name identifies a visitor as well.
            hasher.combine(bytes: UnsafeRawBufferPointer(line.address))
        }
        return LogVisit(page: page, visitor: hasher.finalize(), event: LogVisit.digest(line.event))
    }

    private mutating func isCrawler(_ userAgent: LogLine.Bytes, _ hash: Int) -> Bool {
        guard let crawlers else { return false }
        if let verdict = verdicts[hash] { return verdict }
        if verdicts.count > Self.verdictCapacity { verdicts.removeAll(keepingCapacity: true) }
        let verdict = crawlers.contains(String(decoding: userAgent, as: UTF8.self))
        verdicts[hash] = verdict
        return verdict
    }
}

extension LogTally {
    /// The new visits of some days as histories: the site's first, then those of the pages that may be counted.
    ///
    /// - Parameter mayCount: called with each page, the most visited first.
    func histories(of chosen: [Day], mayCount: (Page) -> Bool) -> [History] {
        let days = chosen.sorted().compactMap { day in self.days[day].map { (day, $0) } }
        let site = History(page: nil, days: days.map { .init(day: $0, count: $1.site) })
        var ofPages: [Int: [Statistics.DayCount]] = [:]
        for (day, ofDay) in days {
            for (page, count) in ofDay.pages { ofPages[page, default: []].append(.init(day: day, count: count)) }
        }
        let ranked = ofPages.map { (page: pages.pages[$0], days: $1, visits: $1.sum.count) }.sorted {
            $0.visits != $1.visits ? $0.visits > $1.visits : $0.page.path < $1.page.path
        }
        return [site] + ranked.filter { mayCount($0.page) }.map { History(page: $0.page, days: $0.days) }
    }
}
