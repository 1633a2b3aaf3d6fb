import Headcount

/// Counts the visits in logs that the service would have counted.
struct LogTally {
    private(set) var summary: LogSummary
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

    init(_ configuration: Configuration, today: Day, pages: LogPages, address: LogAddress.Source = .remote) {
        lastDay = today.advanced(by: 1)
        self.pages = pages
        summary = LogSummary(addressSource: address)
        ignoredAddresses = configuration.ignored
        crawlers = configuration.countsCrawlers ? nil : Crawlers()
    }

    mutating func add(_ line: LogLine) {
        let day = Day(containing: line.time)
        guard let visit = visit(line, on: day) else { return }
        file[day, default: LogSegment(begin: line.time)].visits.append(visit)
    }

    /// - Parameter unfinished: the last line, if it is still being written.
    mutating func endFile(_ reader: LogReader, unfinished: String?) {
        summary.lines += reader.lines
        if let name = reader.formatName { summary.formats.insert(name) }
        if let misfit = reader.firstMisfit { summary.misfits.add(misfit.line, count: reader.misfits) }
        if let unfinished { summary.unfinished.add(unfinished) }
        for (day, segment) in file { segments[day, default: []].append(segment) }
        file = [:]
    }

    /// Finds the new visits after the last file was read.
    ///
    /// - Parameter ledgers: returns what was imported before of the days of the logs.
    mutating func finish(_ ledgers: ([Day]) throws -> [Day: LogLedger]) rethrows {
        let ledgers = try ledgers(segments.keys.sorted())
        for (day, segments) in segments {
            let logDay = LogDay(segments, ledgers[day] ?? LogLedger())
            summary.imported += segments.reduce(0) { $0 + $1.visits.count } - logDay.site.count
            days[day] = logDay
        }
        segments = [:]
        summary.endings = pages.endings
    }

    /// Rejects a line at the first failed check.
    private mutating func visit(_ line: LogLine, on day: Day) -> LogVisit? {
        guard day <= lastDay else { return leaveOut(.future, "\(day) \(line.target.text)") }
        guard line.method.equals("GET") else { return leaveOut(.method, "\(line.method.text) \(line.target.text)") }
        guard line.status == 200 || line.status == 304 else {
            return leaveOut(.status, "\(line.status) \(line.target.text)")
        }
        let page: Int
        switch pages.target(line.target) {
        case .page(let number): page = number
        case .file(let ending):
            summary.leaveOut(fileEnding: ending, line.target.text)
            return nil
        case .counter: return leaveOut(.counter, line.target.text)
        case .other: return leaveOut(.noPage, line.target.text)
        }
        var hasher = Hasher()
        if let userAgent = line.userAgent {
            if !userAgent.isEmpty { summary.hasUserAgent = true }
            hasher.combine(bytes: UnsafeRawBufferPointer(userAgent))
            guard !isCrawler(userAgent, hasher.finalize()) else { return leaveOut(.crawler, userAgent.text) }
        }
        let forwarded = line.forwarded.flatMap(LogAddress.address)
        let isForwarded = summary.addressSource == .forwarded || line.address.isEmpty
        let client = (isForwarded ? forwarded : nil) ?? LogAddress.client(line.address)
        let address = client.ipAddress
        if let address {
            guard !ignoredAddresses.contains(where: { $0.contains(address) }) else {
                return leaveOut(.ignored, client.text)
            }
            hasher.combine(address.visitorPrefix.high)
            hasher.combine(address.visitorPrefix.low)
        } else {
            // A host name identifies a visitor as well.
            hasher.combine(bytes: UnsafeRawBufferPointer(client))
        }
        summary.visits += 1
        if let forwarded, isForwarded || forwarded.ipAddress?.isPrivate == false { summary.forwarded += 1 }
        if !summary.hasSeveralClients { summary.addClient(client.text) }
        if address?.isPrivate ?? LogAddress.isUnknown(client) { summary.unknown.add(client.text) }
        return LogVisit(page: page, visitor: hasher.finalize(), event: line.event)
    }

    private mutating func leaveOut(_ reason: LogSummary.Reason, _ example: @autoclosure () -> String) -> LogVisit? {
        summary.leaveOut(reason, example())
        return nil
    }

    private mutating func isCrawler(_ userAgent: LogLine.Bytes, _ hash: Int) -> Bool {
        guard let crawlers else { return false }
        if let verdict = verdicts[hash] { return verdict }
        if verdicts.count > Self.verdictCapacity { verdicts.removeAll(keepingCapacity: true) }
        let verdict = crawlers.contains(userAgent.text)
        verdicts[hash] = verdict
        return verdict
    }
}

extension LogTally {
    /// The new visits of some days as histories: the site's first, then its pages', the most visited first.
    func histories(of chosen: [Day]) -> [History] {
        let days = chosen.sorted().compactMap { day in self.days[day].map { (day, $0) } }
        let site = History(page: nil, days: days.map { .init(day: $0, count: $1.site) })
        var pageDays: [Int: [Statistics.DayCount]] = [:]
        for (day, logDay) in days {
            for (page, count) in logDay.pages { pageDays[page, default: []].append(.init(day: day, count: count)) }
        }
        return [site] + pageDays.map { History(page: pages.pages[$0], days: $1) }.ranked()
    }
}
