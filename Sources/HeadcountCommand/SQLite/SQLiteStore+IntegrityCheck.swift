import Headcount
import SQLite
import SQLiteStore

extension SQLiteStore {
    /// Checks the structure of the whole file, and that its numbers are possible and consistent. It changes nothing.
    ///
    /// - Returns: a sentence for each fault; none for a sound file.
    package func faults() throws(StoreError) -> [String] {
        try mappingErrors {
            do {
                let broken = try db.rows("PRAGMA integrity_check(10)") { $0.text(0) }.filter { $0 != "ok" }
                return broken.isEmpty ? try db.wrongNumbers() : broken
            } catch let error as SQLiteError where error.code == SQLiteError.corrupt {
                return [error.message]
            }
        }
    }
}

extension Connection {
    fileprivate func wrongNumbers() throws -> [String] {
        let impossible = try rows(
            """
            SELECT CASE WHEN page = '' THEN 'the site' ELSE page END, count, uniq
            FROM (
                SELECT page, count, uniq FROM counter
                UNION ALL SELECT page, count, uniq FROM daily
                UNION ALL SELECT page, count, uniq FROM block
            )
            WHERE count NOT BETWEEN 0 AND ?1 OR uniq NOT BETWEEN 0 AND ?1 LIMIT 10
            """,
            .int(1 << 53)
        ) { "\($0.text(0)) has \($0.int(1)) visits, \($0.int(2)) unique" }
        // The sums of the next queries could overflow.
        guard impossible.isEmpty else { return impossible }
        return try wrongTotals() + wrongBlocks()
    }

    private func wrongTotals() throws -> [String] {
        try rows(
            """
            SELECT CASE WHEN day.page = '' THEN 'the site' ELSE day.page END,
                day.count, day.uniq, ifnull(counter.count, 0), ifnull(counter.uniq, 0)
            FROM (SELECT page, sum(count) AS count, sum(uniq) AS uniq FROM daily GROUP BY page) AS day
            LEFT JOIN counter USING (page)
            WHERE day.count > ifnull(counter.count, 0) OR day.uniq > ifnull(counter.uniq, 0)
            LIMIT 10
            """
        ) {
            "the days of \($0.text(0)) add up to \($0.int(1)) visits, \($0.int(2)) unique;"
                + " its total is \($0.int(3)), \($0.int(4))"
        }
    }

    private func wrongBlocks() throws -> [String] {
        try rows(
            """
            SELECT block << 4, page FROM (
                SELECT day >> 4 AS block, page, count, uniq FROM daily WHERE page <> ''
                UNION ALL
                SELECT block, page, -count, -uniq FROM block
            )
            GROUP BY block, page HAVING sum(count) <> 0 OR sum(uniq) <> 0 LIMIT 10
            """
        ) { "the sums of \($0.text(1)) for the 16 days from \(Day(number: $0.int(0))) are not those of its days" }
    }
}
