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
        guard let page else {
            // Reads `daily` in its order, in which the site is the first row of each day.
            return try row("SELECT day FROM daily WHERE page = '' AND count > 0 ORDER BY day LIMIT 1") {
                try Day(stored: $0.int(0))
            }
        }
        // Skips from each block with visits to the next one, by the primary key.
        let block = try row(
            """
            WITH RECURSIVE visited (block) AS (
                SELECT min(block) FROM block
                UNION ALL
                SELECT (SELECT min(block) FROM block WHERE block > visited.block) FROM visited WHERE block IS NOT NULL
            )
            SELECT visited.block FROM visited JOIN block ON block.block = visited.block AND page = ? AND count > 0
            LIMIT 1
            """,
            .text(page.path)
        ) { $0.int(0) }
        guard let block else { return nil }
        let first = Day(number: block << 4)
        return try days(of: page, from: first, to: first.advanced(by: 15)).first { $0.count.count > 0 }?.day
    }

    /// The numbers of each page since a day, or of all time.
    func pages(since first: Day?) throws -> [Statistics.PageCount] {
        func count(_ row: Statement) throws -> Statistics.PageCount {
            .init(path: row.text(0), count: try .init(stored: row.int(1), unique: row.int(2)))
        }
        guard let first else { return try rows("SELECT page, count, uniq FROM counter WHERE page <> ''", read: count) }
        // The days of the first block, and the blocks after it. SQLite is faster if each part is grouped before the sum.
        return try rows(
            """
            SELECT page, sum(count), sum(uniq) FROM (
                SELECT page, sum(count) AS count, sum(uniq) AS uniq FROM daily
                WHERE day BETWEEN ?1 AND ?1 | 15 AND page <> '' GROUP BY page
                UNION ALL
                SELECT page, sum(count), sum(uniq) FROM block WHERE block > ?1 >> 4 GROUP BY page
            ) GROUP BY page
            """,
            .int(first.number),
            read: count
        )
    }
}
