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

    /// The numbers of each page since a day, or of all time.
    ///
    /// - Parameter page: the only page to read; `nil` for all.
    func pages(_ page: Page?, since first: Day?) throws -> [Statistics.PageCount] {
        let sql =
            first == nil
            ? "SELECT page, count, uniq FROM counter WHERE page <> '' AND ?1 = 0"
            : "SELECT page, sum(count), sum(uniq) FROM daily WHERE day >= ?1 AND page <> '' GROUP BY page"
        return try rows(sql, .int(first?.number ?? 0)) {
            .init(path: $0.text(0), count: try .init(stored: $0.int(1), unique: $0.int(2)))
        }
        .filter { page == nil || $0.path == page?.path }
    }
}
