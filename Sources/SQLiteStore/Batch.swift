import Headcount
import SQLite

/// The writes of one transaction. Reads and writes each page once, however many visits it has.
struct Batch {
    private let db: Connection
    private let day: Day
    private let maximumPages: Int
    private let leftOut: LeftOut
    private var site: Row
    /// `nil` for a page past the limit.
    private var pages: [Page: Row?] = [:]
    /// The number of pages, including those of this batch; `nil` until it is needed.
    private var pageCount: Int?

    init(of work: Work, db: Connection, maximumPages: Int) throws {
        self.db = db
        self.maximumPages = maximumPages
        day = work.day
        leftOut = work.leftOut
        site = Row(try db.count(of: nil) ?? .zero)
    }

    /// A row of `counter`: its stored and its new values.
    private struct Row {
        let before: Tally.Count
        var now: Tally.Count

        init(_ count: Tally.Count) {
            before = count
            now = count
        }
    }

    mutating func add(_ visit: Visit) throws -> Tally {
        try count(visit.siteVisitor, in: &site)
        guard let page = visit.page, var row = try row(of: page) else { return Tally(site: site.now) }
        try count(visit.pageVisitor, in: &row)
        pages[page] = .some(row)
        return Tally(site: site.now, page: row.now)
    }

    /// The current numbers, for a visit that another process has already counted.
    func tally(ofRepeated visit: Visit) throws -> Tally {
        let page = try visit.page.flatMap { page in try pages[page].map { $0?.now } ?? db.count(of: page) }
        return Tally(site: site.now, page: page, isRepeated: true)
    }

    /// Writes the new numbers.
    func store() throws {
        try store(site, leftOut, of: nil)
        for case (let page, let row?) in pages { try store(row, .zero, of: page) }
    }

    private func count(_ visitor: VisitorID?, in row: inout Row) throws {
        row.now.count += 1
        guard let visitor else { return }
        let insert = try db.statement("INSERT OR IGNORE INTO visitor (key) VALUES (?)")
        try insert.bind(1, VisitorKey(visitor, on: day).value)
        try insert.run()
        row.now.unique += db.changes
    }

    /// - Returns: `nil` for a page past the limit.
    private mutating func row(of page: Page) throws -> Row? {
        if let known = pages[page] { return known }
        var row = try db.count(of: page).map { Row($0) }
        if row == nil {
            let count = try pageCount ?? db.pageCount()
            let isWithinLimit = count < maximumPages
            if isWithinLimit { row = Row(.zero) }
            pageCount = count + (isWithinLimit ? 1 : 0)
        }
        pages[page] = .some(row)
        return row
    }

    private func store(_ row: Row, _ leftOut: LeftOut, of page: Page?) throws {
        let change = Statistics.DayCount(day: day, count: row.now - row.before, leftOut: leftOut)
        guard !change.isEmpty else { return }
        try db.run(
            """
            INSERT INTO counter (page, count, uniq) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET count = excluded.count, uniq = excluded.uniq
            """,
            .text(page?.path ?? ""),
            .int(row.now.count),
            .int(row.now.unique)
        )
        try db.add(change, of: page)
    }
}

extension Connection {
    /// Adds to the numbers of a day.
    package func add(_ change: Statistics.DayCount, of page: Page?) throws {
        try run(
            """
            INSERT INTO daily (day, page, count, uniq, crawlers, prefetches, ignored) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET
                count = count + excluded.count, uniq = uniq + excluded.uniq, crawlers = crawlers + excluded.crawlers,
                prefetches = prefetches + excluded.prefetches, ignored = ignored + excluded.ignored
            """,
            .int(change.day.number),
            .text(page?.path ?? ""),
            .int(change.count.count),
            .int(change.count.unique),
            .int(change.leftOut.crawlers),
            .int(change.leftOut.prefetches),
            .int(change.leftOut.ignored)
        )
    }
}
