import Foundation
import GRDB
import Headcount

extension SQLiteStore {
    /// What is wrong with the file, whole: its structure, and numbers that can't be. It only reads.
    ///
    /// - Returns: a sentence for each finding; none when all is well.
    package func findings() throws(StoreError) -> [String] {
        try failingAsStoreError {
            var broken: [String] = []
            do {
                return try queue.read { db in
                    broken = try String.fetchAll(db, sql: "PRAGMA integrity_check(10)").filter { $0 != "ok" }
                    return broken.isEmpty ? try db.incredibleNumbers() : broken
                }
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
                // SQLite says it again when a transaction ends that has come upon it.
                return broken.isEmpty ? [error.message ?? "\(error.resultCode)"] : broken
            }
        }
    }

    /// The day whose salt is in force; `nil` when no visit has come yet.
    package func openDay() throws(StoreError) -> Day? {
        try failingAsStoreError { try queue.read(Self.openDay)?.day }
    }
}

extension Database {
    fileprivate func incredibleNumbers() throws -> [String] {
        let incredible = try Row.fetchAll(
            self,
            sql: """
                SELECT CASE WHEN page = '' THEN 'the site' ELSE page END, count, uniq
                FROM (SELECT page, count, uniq FROM counter UNION ALL SELECT page, count, uniq FROM daily)
                WHERE count NOT BETWEEN 0 AND ?1 OR uniq NOT BETWEEN 0 AND ?1 LIMIT 10
                """,
            arguments: [1 << 53]
        ).map { "\($0[0] as String) has \($0[1] as Int) visits, \($0[2] as Int) unique" }
        // What follows sums them up.
        guard incredible.isEmpty else { return incredible }
        return try Row.fetchAll(
            self,
            sql: """
                SELECT CASE WHEN day.page = '' THEN 'the site' ELSE day.page END,
                    day.count, day.uniq, ifnull(counter.count, 0), ifnull(counter.uniq, 0)
                FROM (SELECT page, sum(count) AS count, sum(uniq) AS uniq FROM daily GROUP BY page) AS day
                LEFT JOIN counter USING (page)
                WHERE day.count > ifnull(counter.count, 0) OR day.uniq > ifnull(counter.uniq, 0)
                LIMIT 10
                """
        ).map {
            "the days of \($0[0] as String) add up to \($0[1] as Int) visits, \($0[2] as Int) unique;"
                + " its total is \($0[3] as Int), \($0[4] as Int)"
        }
    }
}
