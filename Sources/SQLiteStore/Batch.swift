import Headcount
import SQLite

/// The visits of one transaction. Each distinct page is read once and written once, however many visits it has.
struct Batch {
    private let db: Connection
    private let day: Day
    private let maximumPages: Int
    private var site: Line
    /// `nil` for a page past the limit.
    private var pages: [Page: Line?] = [:]
    /// Pages that are stored or will be, once that had to be known.
    private var knownPages: Int?

    init(db: Connection, day: Day, maximumPages: Int) throws {
        self.db = db
        self.day = day
        self.maximumPages = maximumPages
        site = Line(try db.count(of: nil) ?? .zero)
    }

    /// A row of `counter` as it is and as it will be.
    private struct Line {
        let before: Tally.Count
        var now: Tally.Count

        init(_ count: Tally.Count) {
            before = count
            now = count
        }
    }

    mutating func add(_ visit: Visit) throws -> Tally {
        try count(visit.siteVisitor, in: &site)
        guard let page = visit.page, var line = try line(of: page) else { return Tally(site: site.now) }
        try count(visit.pageVisitor, in: &line)
        pages[page] = .some(line)
        return Tally(site: site.now, page: line.now)
    }

    /// The present numbers, for a visit that another process has counted.
    func tally(ofRepeated visit: Visit) throws -> Tally {
        let page = try visit.page.flatMap { page in try pages[page].map { $0?.now } ?? db.count(of: page) }
        return Tally(site: site.now, page: page, isRepeated: true)
    }

    /// Writes what the visits came to.
    func store() throws {
        try store(site, page: "")
        for case (let page, let line?) in pages { try store(line, page: page.path) }
    }

    private func count(_ visitor: VisitorID?, in line: inout Line) throws {
        line.now.count += 1
        guard let visitor else { return }
        let insert = try db.statement("INSERT OR IGNORE INTO visitor (key) VALUES (?)")
        try insert.bind(1, VisitorKey(visitor, on: day).value)
        try insert.run()
        line.now.unique += db.changes
    }

    /// - Returns: `nil` for a page past the limit.
    private mutating func line(of page: Page) throws -> Line? {
        if let known = pages[page] { return known }
        var line = try db.count(of: page).map { Line($0) }
        if line == nil {
            let known = try knownPages ?? db.pageCount()
            let isWithinLimit = known < maximumPages
            if isWithinLimit { line = Line(.zero) }
            knownPages = known + (isWithinLimit ? 1 : 0)
        }
        pages[page] = .some(line)
        return line
    }

    private func store(_ line: Line, page: String) throws {
        guard line.now != line.before else { return }
        try db.run(
            """
            INSERT INTO counter (page, count, uniq) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET count = excluded.count, uniq = excluded.uniq
            """,
            .text(page),
            .int(line.now.count),
            .int(line.now.unique)
        )
        try db.run(
            """
            INSERT INTO daily (day, page, count, uniq) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET count = count + excluded.count, uniq = uniq + excluded.uniq
            """,
            .int(day.number),
            .text(page),
            .int(line.now.count - line.before.count),
            .int(line.now.unique - line.before.unique)
        )
    }
}
