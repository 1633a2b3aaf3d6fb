import Headcount
import SQLite

/// The visits of one transaction. Reads and writes each page once, however many visits it has.
struct Batch {
    private let db: Connection
    private let day: Day
    private let maximumPages: Int
    private var site: Row
    /// `nil` for a page past the limit.
    private var pages: [Page: Row?] = [:]
    /// The number of pages, including those of this batch; `nil` until it is needed.
    private var pageCount: Int?

    init(db: Connection, day: Day, maximumPages: Int) throws {
        self.db = db
        self.day = day
        self.maximumPages = maximumPages
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
        try store(site, page: "")
        for case (let page, let row?) in pages { try store(row, page: page.path) }
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

    private func store(_ row: Row, page: String) throws {
        guard row.now != row.before else { return }
        try db.run(
            """
            INSERT INTO counter (page, count, uniq) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET count = excluded.count, uniq = excluded.uniq
            """,
            .text(page),
            .int(row.now.count),
            .int(row.now.unique)
        )
        try db.run(
            """
            INSERT INTO daily (day, page, count, uniq) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET count = count + excluded.count, uniq = uniq + excluded.uniq
            """,
            .int(day.number),
            .text(page),
            .int(row.now.count - row.before.count),
            .int(row.now.unique - row.before.unique)
        )
    }
}
