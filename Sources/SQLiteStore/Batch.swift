import Foundation
import GRDB
import Headcount

/// The visits of one transaction. Each distinct page is read once and written once, however many visits it has.
struct Batch {
    private let db: Database
    private let day: Day
    private let maximumPages: Int
    private var site: Line?
    private var pages: [Page: Line?] = [:]
    /// Pages that are stored or will be, once somebody had to ask.
    private var knownPages: Int?

    init(db: Database, day: Day, maximumPages: Int) {
        self.db = db
        self.day = day
        self.maximumPages = maximumPages
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
        var site = try self.site ?? Line(db.count(of: nil) ?? .zero)
        try count(visit.siteVisitor, in: &site)
        self.site = site
        guard let page = visit.page, var line = try line(of: page) else { return Tally(site: site.now) }
        try count(visit.pageVisitor, in: &line)
        pages[page] = .some(line)
        return Tally(site: site.now, page: line.now)
    }

    /// Writes what the visits came to.
    func store() throws {
        if let site { try store(site, page: "") }
        for case (let page, let line?) in pages { try store(line, page: page.path) }
    }

    private func count(_ visitor: VisitorID?, in line: inout Line) throws {
        line.now.count += 1
        guard let visitor else { return }
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO visitor (day, id) VALUES (?, ?)")
            .execute(arguments: [day.number, Data(visitor.bytes)])
        line.now.unique += db.changesCount
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
        try db.cachedStatement(
            sql: """
                INSERT INTO counter (page, count, uniq) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET count = excluded.count, uniq = excluded.uniq
                """
        ).execute(arguments: [page, line.now.count, line.now.unique])
        try db.cachedStatement(
            sql: """
                INSERT INTO daily (day, page, count, uniq) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET count = count + excluded.count, uniq = uniq + excluded.uniq
                """
        ).execute(
            arguments: [
                day.number, page, line.now.count - line.before.count, line.now.unique - line.before.unique,
            ]
        )
    }
}
