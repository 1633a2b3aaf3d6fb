import Foundation
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
    private var visitors: [Day: Visitors] = [:]
    /// Of the file that is being read.
    private var segments: [Day: Segment] = [:]
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

        fileprivate mutating func add(_ segment: Segment) {
            site += segment.site
            pages.merge(segment.pages) { $0 + $1 }
            pieces.append(segment.piece)
        }
    }

    /// The lines of one day in one file, from where the last piece that is known ended.
    fileprivate struct Segment {
        var piece = LogLedger.Piece.empty
        var site = Tally.Count.zero
        var pages: [Int: Tally.Count] = [:]
        /// Pieces that may come, each once, by their lengths.
        private var known: [Int: Set<UInt64>]

        init(_ known: [LogLedger.Piece]) {
            self.known = Dictionary(grouping: known, by: \.lines).mapValues { Set($0.map(\.digest)) }
        }

        /// Adds a line to the piece, and forgets its visits if it is now one that was imported already.
        ///
        /// - Returns: how many visits were forgotten.
        mutating func add(_ event: LogLine.Bytes) -> Int {
            piece.add(event)
            guard known[piece.lines]?.remove(piece.digest) != nil else { return 0 }
            defer { (piece, site, pages) = (.empty, .zero, [:]) }
            return site.count
        }
    }

    /// Who came on a day: hashes that are keyed by the process's own random seed (`Hasher`) and another of the day's, and
    /// that go with the process.
    private struct Visitors {
        private let salt = UInt64.random(in: .min ... .max)
        private var ids: Set<Int> = []

        /// - Returns: whether nobody of these was there before.
        mutating func insert(_ page: Int?, _ household: (UInt64, UInt64), _ agent: Int) -> Bool {
            var hasher = Hasher()
            hasher.combine(salt)
            hasher.combine(page)
            hasher.combine(household.0)
            hasher.combine(household.1)
            hasher.combine(agent)
            return ids.insert(hasher.finalize()).inserted
        }
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
            segments[day] = Segment(ledger(day).pieces + (days[day]?.pieces ?? []))
            forgetVisitors(before: min(day, next ?? day))
        }
        let visit = visit(line)
        guard let index = segments.index(forKey: day) else { return }
        if let visit {
            summary.visits += 1
            let (isNew, isNewToPage) = newcomer(visit, day)
            segments.values[index].site += .init(count: 1, unique: isNew ? 1 : 0)
            segments.values[index].pages[visit.page, default: .zero] += .init(count: 1, unique: isNewToPage ? 1 : 0)
        }
        let known = segments.values[index].add(line.event)
        summary.imported += known
        summary.visits -= known
    }

    /// Begins a file.
    ///
    /// - Parameter next: the first day of the files to come, whose visitors have to be remembered.
    mutating func beginFile(next: Day?) {
        self.next = next
    }

    mutating func endFile() {
        for (day, segment) in segments where segment.piece.lines > 0 { days[day, default: OfDay()].add(segment) }
        segments = [:]
    }

    /// A page and who came to it.
    private struct Visit {
        var page: Int
        var household: (UInt64, UInt64)
        var agent: Int
    }

    /// Whether this is somebody's first visit of the day, to the site and to the page.
    private mutating func newcomer(_ visit: Visit, _ day: Day) -> (toSite: Bool, toPage: Bool) {
        if visitors[day] == nil { visitors[day] = Visitors() }
        guard let index = visitors.index(forKey: day) else { return (false, false) }
        return (
            visitors.values[index].insert(nil, visit.household, visit.agent),
            visitors.values[index].insert(visit.page, visit.household, visit.agent)
        )
    }

    /// The way of a line, each rejection beside its reason.
    private mutating func visit(_ line: LogLine) -> Visit? {
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
        guard let address = IPAddress(bytes: line.address) else {
            // A name: it tells as much.
            var hasher = Hasher()
            hasher.combine(bytes: UnsafeRawBufferPointer(line.address))
            return Visit(page: page, household: (.max, UInt64(bitPattern: Int64(hasher.finalize()))), agent: agent)
        }
        guard !ignoredAddresses.contains(where: { $0.contains(address) }) else {
            summary.ignored += 1
            return nil
        }
        let household = address.household
        return Visit(page: page, household: (household.high, household.low), agent: agent)
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
            for (page, count) in ofDay.pages { ofPages[page, default: []].append(.init(day: day, count: count)) }
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
