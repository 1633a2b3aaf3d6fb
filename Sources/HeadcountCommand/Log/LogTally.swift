import Glibc
import Headcount

/// Counts the visits of logs as the service would have: one line at a time, in the order of the files.
struct LogTally {
    /// What became of the lines.
    struct Summary: Equatable {
        var lines = 0
        var visits = 0
        var imported = 0
        var crawlers = 0
        var ignored = 0
        var others = 0
        var unreadable = 0
    }

    private(set) var summary = Summary()
    private(set) var days: [Day: OfDay] = [:]
    private var pages: LogPages
    private let ignoredAddresses: [AddressBlock]
    private let crawlers: Crawlers?
    /// By the hash of a User-Agent.
    private var verdicts: [Int: Bool] = [:]
    private var visitors: [Day: LogVisitors] = [:]
    /// Of the file that is being read.
    private var segments: [Day: LogSegment] = [:]
    /// The pieces of the ledger that the files have.
    private var recognised: [Day: Set<LogLedger.Piece>] = [:]
    /// The digests of the first lines of days in the files that were read before.
    private var beginnings: [Day: Set<UInt64>] = [:]
    private var next: Day?
    private let ledger: (Day) -> LogLedger

    private static let verdictCapacity = 1 << 16

    /// - Parameter ledger: what was imported of a day.
    init(_ configuration: Configuration, ledger: @escaping (Day) -> LogLedger) {
        pages = LogPages(configuration)
        ignoredAddresses = configuration.ignored
        crawlers = configuration.countsCrawlers ? nil : Crawlers()
        self.ledger = ledger
    }

    /// What is new of a day, and the pieces of log that it came from.
    struct OfDay {
        var site = Tally.Count.zero
        /// By number.
        var pages: [Int: Tally.Count] = [:]
        var pieces: [LogLedger.Piece] = []

        fileprivate mutating func add(_ segment: LogSegment) {
            site += segment.site
            pages.merge(segment.pages) { $0 + $1 }
            pieces.append(segment.piece)
        }

        /// Of what is new, takes back what an earlier import has counted.
        fileprivate mutating func takeBack(_ counted: LogVisitors.Counted, _ page: Int) {
            let count = counted.line ? 1 : 0
            site -= .init(count: count, unique: counted.visitor ? 1 : 0)
            pages[page, default: .zero] -= .init(count: count, unique: counted.pageVisitor ? 1 : 0)
        }
    }

    /// Whether the files have all that was imported of a day. Otherwise it can't be told what of theirs is new.
    func isWhole(_ day: Day) -> Bool {
        recognised[day, default: []].isSuperset(of: ledger(day).pieces)
    }

    mutating func add(_ bytes: LogLine.Bytes) {
        summary.lines += 1
        guard let line = LogLine(bytes) else {
            summary.unreadable += 1
            return
        }
        // In place, which a copy of its dictionaries would not be.
        let day = line.day
        if segments[day] == nil {
            segments[day] = LogSegment(ledger(day).pieces)
            forgetVisitors(before: min(day, next ?? day))
        }
        let visit = visit(line, day)
        guard let index = segments.index(forKey: day) else { return }
        if let visit {
            if visit.isCopy { summary.imported += 1 } else { summary.visits += 1 }
            segments.values[index].add(visit)
        }
        if let known = segments.values[index].end(line.event) { takeBack(known, day) }
    }

    /// What an earlier import has counted is not new, here and in files that were read before.
    private mutating func takeBack(_ known: LogSegment.Known, _ day: Day) {
        if !known.pieces.isEmpty { recognised[day, default: []].formUnion(known.pieces) }
        for visit in known.visits {
            guard let counted = visitors[day]?.wasCounted(visit) else { continue }
            days[day]?.takeBack(counted, visit.page)
            if !visit.isCopy || counted.line {
                summary.visits -= 1
                summary.imported += 1
            }
        }
    }

    /// Begins a file.
    ///
    /// - Parameter next: the first day of the files to come, whose visits have to be remembered.
    mutating func beginFile(next: Day?) {
        self.next = next
    }

    mutating func endFile() {
        for (day, var segment) in segments {
            takeBack(segment.end(), day)
            visitors[day]?.remember(segment.lines, counted: segment.countedLines)
            let isCopy = segment.copies > 0 || segment.beginning.map(beginnings[day, default: []].contains) ?? false
            if let beginning = segment.beginning { beginnings[day, default: []].insert(beginning) }
            guard segment.piece.lines > 0, segment.site.count > 0 || !isCopy else { continue }
            days[day, default: OfDay()].add(segment)
        }
        segments = [:]
    }

    /// - Returns: what is needed to know a line again, where files before or behind this one may have it.
    private func shared(_ line: LogLine, _ day: Day) -> LogLine.Bytes? {
        if let next, next <= day { return line.event }
        return visitors[day]?.remembersLines == true ? line.event : nil
    }

    /// The way of a line, each rejection beside its reason.
    private mutating func visit(_ line: LogLine, _ day: Day) -> LogVisit? {
        guard let path = line.path, line.status == 200 || line.status == 304, let page = pages.number(of: path) else {
            summary.others += 1
            return nil
        }
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(line.userAgent))
        let agent = hasher.finalize()
        guard !isCrawler(line.userAgent, agent) else {
            summary.crawlers += 1
            return nil
        }
        let event = shared(line, day)
        guard let address = IPAddress(bytes: line.address) else {
            // A name: it tells as much.
            var hasher = Hasher()
            hasher.combine(bytes: UnsafeRawBufferPointer(line.address))
            let name = UInt64(bitPattern: Int64(hasher.finalize()))
            return visitors[day, default: LogVisitors()].visit(page, (.max, name), agent, event)
        }
        guard !ignoredAddresses.contains(where: { $0.contains(address) }) else {
            summary.ignored += 1
            return nil
        }
        let household = address.household
        return visitors[day, default: LogVisitors()].visit(page, (household.high, household.low), agent, event)
    }

    private mutating func isCrawler(_ userAgent: LogLine.Bytes, _ hash: Int) -> Bool {
        guard let crawlers else { return false }
        if let verdict = verdicts[hash] { return verdict }
        if verdicts.count > Self.verdictCapacity { verdicts.removeAll(keepingCapacity: true) }
        let verdict = crawlers.contains(String(decoding: userAgent, as: UTF8.self))
        verdicts[hash] = verdict
        return verdict
    }

    /// But for those of the day before: a log is not quite in order at midnight.
    private mutating func forgetVisitors(before day: Day) {
        for past in visitors.keys where past < day.advanced(by: -1) { visitors[past] = nil }
    }
}

extension LogTally {
    /// What is new on days that are to be counted, as histories: the site's first, then those of the pages that may be
    /// counted one by one.
    ///
    /// - Parameter mayCount: is asked about pages in the order of their visits, the most visited first.
    func histories(of chosen: [Day], mayCount: (Page) -> Bool) -> [History] {
        let days = chosen.sorted().compactMap { day in self.days[day].map { (day, $0) } }
        let site = History(page: nil, days: days.filter { $0.1.site != .zero }.map { .init(day: $0, count: $1.site) })
        var ofPages: [Int: [Statistics.OfDay]] = [:]
        for (day, ofDay) in days {
            for (page, count) in ofDay.pages where count != .zero {
                ofPages[page, default: []].append(.init(day: day, count: count))
            }
        }
        let ranked = ofPages.map { (page: pages.pages[$0], days: $1, visits: $1.sum.count) }.sorted {
            $0.visits != $1.visits ? $0.visits > $1.visits : $0.page.path < $1.page.path
        }
        return [site] + ranked.filter { mayCount($0.page) }.map { History(page: $0.page, days: $0.days) }
    }
}

extension IPAddress {
    init?(bytes: LogLine.Bytes) {
        guard bytes.count < 64, let base = bytes.baseAddress else { return nil }
        let address = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text -> IPAddress? in
            guard let start = text.baseAddress else { return nil }
            memcpy(start, base, bytes.count)
            start[bytes.count] = 0
            return IPAddress(cString: start)
        }
        guard let address else { return nil }
        self = address
    }
}
