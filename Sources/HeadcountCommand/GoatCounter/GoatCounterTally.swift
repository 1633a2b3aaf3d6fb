import Crypto
import Glibc
import Headcount

/// Counts the visits in GoatCounter's CSV export by day and by page.
///
/// Each page view is a visit. A session stands for a visitor: it counts as unique once a day, and once a day for each page.
struct GoatCounterTally {
    private(set) var rows = 0
    private(set) var events = LeftOutLines()
    private(set) var bots = LeftOutLines()
    /// Rows whose path can't be a ``Page``.
    private(set) var unusable = LeftOutLines()
    /// The visits that GoatCounter's dashboard shows.
    private(set) var firstVisits = 0
    /// The visits without a session, each of which counts as unique.
    private(set) var withoutSession = 0
    /// The numbers of the site.
    private(set) var days: [Day: Tally.Count] = [:]
    /// The SHA-256 of the file, uncompressed.
    private(set) var digest = ""

    private var pages: [PageDay: Tally.Count] = [:]
    /// The page of each path in the file; `nil` for an unusable one.
    private var known: [String: Page?] = [:]
    /// Hashes of a day and a session, and of a page as well.
    private var visitors: Set<Int> = []
    private var pageVisitors: Set<Int> = []
    /// Later days are in the future, by any time zone.
    private let lastDay: Day

    private struct PageDay: Hashable {
        var page: Page
        var day: Day
    }

    /// Reads an export, plain or compressed by gzip.
    init(_ path: String, today: Day) throws {
        lastDay = today.advanced(by: 1)
        let file = try GzipFile(path)
        defer { file.close() }
        do {
            try read(file)
        } catch let error as GoatCounterError {
            throw Failure("\(file.name): \(error); nothing was changed", EX_DATAERR)
        } catch let error as CSVReader.Malformed {
            throw Failure(
                "\(file.name): line \(error.line): not comma-separated values; nothing was changed",
                EX_DATAERR
            )
        }
    }

    private mutating func read(_ file: GzipFile) throws {
        var csv = CSVReader()
        var hash = SHA256()
        var hasHeader = false
        var piece = [UInt8](repeating: 0, count: 1 << 17)
        while true {
            let count = try piece.withUnsafeMutableBufferPointer { try file.read(into: $0) }
            guard count > 0 else { break }
            let bytes = piece[..<count]
            if !hasHeader {
                // The signature of a ZIP file (PKWARE, APPNOTE 4.3.7).
                if bytes.starts(with: "PK\u{3}\u{4}".utf8) { throw GoatCounterError.zip }
                try bytes.withUnsafeBufferPointer { try file.refuseForeign($0, for: "import-csv") }
            }
            hash.update(data: bytes)
            for byte in bytes where try csv.add(byte) {
                if hasHeader {
                    let row = try GoatCounterRow(csv.record)
                    guard row.day <= lastDay else {
                        throw GoatCounterError.malformed(line: csv.record.line, "the date is in the future")
                    }
                    add(row)
                } else {
                    try GoatCounterRow.check(header: csv.record)
                    hasHeader = true
                }
            }
        }
        guard hasHeader else { throw GoatCounterError.notAnExport }
        guard !csv.isWithinRecord else { throw GoatCounterError.cutShort }
        digest = hash.finalize().hexadecimal
    }

    /// Rejects a row at the first failed check.
    private mutating func add(_ row: GoatCounterRow) {
        rows += 1
        guard !row.isEvent else { return events.add(row.path) }
        guard !row.isBot else { return bots.add(row.path) }
        guard let page = page(row.path) else { return unusable.add(row.path) }
        if row.isFirstVisit { firstVisits += 1 }
        let unique = unique(row, page)
        days[row.day, default: .zero] += .init(count: 1, unique: unique.site)
        pages[PageDay(page: page, day: row.day), default: .zero] += .init(count: 1, unique: unique.page)
    }

    private mutating func unique(_ row: GoatCounterRow, _ page: Page) -> (site: Int, page: Int) {
        guard let session = row.session else {
            withoutSession += 1
            return (1, 1)
        }
        var hasher = Hasher()
        hasher.combine(row.day)
        session.withUnsafeBytes { hasher.combine(bytes: $0) }
        let visitor = hasher.finalize()
        hasher = Hasher()
        hasher.combine(visitor)
        hasher.combine(page)
        return (visitors.insert(visitor).inserted ? 1 : 0, pageVisitors.insert(hasher.finalize()).inserted ? 1 : 0)
    }

    /// The page by the name that headcount.js gives it: without its query, and decoded.
    private mutating func page(_ path: String) -> Page? {
        if let page = known[path] { return page }
        let decoded = PercentEncoding.decodedURI(String(path.prefix { $0 != "?" && $0 != "#" }))
        let page = try? Page(path: decoded.hasPrefix("/") ? decoded : "/\(decoded)")
        known[path] = .some(page)
        return page
    }

    /// The numbers of some days as histories: the site's first, then those of the pages, the most visited first.
    func histories(of chosen: Set<Day>) -> [History] {
        func history(_ page: Page?, _ days: [(key: Day, value: Tally.Count)]) -> History {
            History(page: page, days: days.sorted { $0.key < $1.key }.map { .init(day: $0.key, count: $0.value) })
        }
        var pageDays: [Page: [(key: Day, value: Tally.Count)]] = [:]
        for (key, count) in pages where chosen.contains(key.day) {
            pageDays[key.page, default: []].append((key.day, count))
        }
        let ranked = pageDays.map { history($0.key, $0.value) }.ranked()
        return [history(nil, days.filter { chosen.contains($0.key) }.map { $0 })] + ranked
    }
}
