import Headcount
import SQLite

extension Connection {
    /// Every day of the range. Looks up each day by the primary key of `daily`, since a scan of the range would read
    /// the rows of all pages.
    func days(of page: Page?, from first: Day, to last: Day) throws -> [Statistics.DayCount] {
        try rows(
            """
            WITH RECURSIVE span (day) AS (VALUES (?1) UNION ALL SELECT day + 1 FROM span WHERE day < ?2)
            SELECT span.day, ifnull(count, 0), ifnull(uniq, 0),
                ifnull(crawlers, 0), ifnull(prefetches, 0), ifnull(ignored, 0)
            FROM span LEFT JOIN daily ON daily.day = span.day AND page = ?3
            """,
            .int(first.number),
            .int(last.number),
            .text(page?.path ?? "")
        ) { try $0.dayCount() }
    }

    /// - Returns: `nil` if no day has a visit.
    func firstDay(of page: Page?) throws -> Day? {
        // Skips from each day with visits to the next one, by the primary key.
        try row(
            """
            WITH RECURSIVE visited (day) AS (
                SELECT min(day) FROM daily
                UNION ALL
                SELECT (SELECT min(day) FROM daily WHERE day > visited.day) FROM visited WHERE day IS NOT NULL
            )
            SELECT visited.day FROM visited JOIN daily ON daily.day = visited.day AND page = ? AND count > 0 LIMIT 1
            """,
            .text(page?.path ?? "")
        ) { try Day(stored: $0.int(0)) }
    }

    /// The most visited pages of a range of days.
    func pages(from first: Day, to last: Day, atMost limit: Int) throws -> [Statistics.PageCount] {
        try rows(
            """
            SELECT page, sum(count), sum(uniq) FROM daily WHERE day BETWEEN ? AND ? AND page <> ''
            GROUP BY page ORDER BY 2 DESC, page LIMIT ?
            """,
            .int(first.number),
            .int(last.number),
            .int(limit)
        ) { .init(path: $0.text(0), count: try .init(stored: $0.int(1), unique: $0.int(2))) }
    }
}

extension Statistics.PageCount {
    /// A list of this one page; empty if no day has a visit.
    static func of(_ page: Page, _ days: [Statistics.DayCount]) -> [Self] {
        let sum = days.sum
        return sum.count > 0 ? [.init(path: page.path, count: sum)] : []
    }
}
