import Foundation
import GRDB
import Headcount

extension SQLiteStore: OwnersStore {
    /// In one transaction, so that all histories are of one moment.
    package func histories() throws(StoreError) -> [History] {
        try failingAsStoreError {
            try queue.read { db in
                let days = try Row.fetchCursor(
                    db,
                    sql: "SELECT page, day, count, uniq FROM daily WHERE count <> 0 OR uniq <> 0 ORDER BY page, day"
                )
                var next = try days.next().map(DailyRow.init)
                var histories: [History] = []
                let totals = try Row.fetchCursor(db, sql: "SELECT page, count, uniq FROM counter ORDER BY page")
                while let total = try totals.next() {
                    let path: String = total[0]
                    var ofDays: [Statistics.OfDay] = []
                    while let row = next, !path.utf8.lexicographicallyPrecedes(row.page.utf8) {
                        if row.page.utf8.elementsEqual(path.utf8) { ofDays.append(row.ofDay) }
                        next = try days.next().map(DailyRow.init)
                    }
                    let page = path.isEmpty ? nil : try Page(path: path)
                    let history = History(
                        page: page,
                        total: try .init(stored: total[1], unique: total[2]),
                        days: ofDays
                    )
                    if page == nil || !history.isEmpty { histories.append(history) }
                }
                return histories
            }
        }
    }

    package func history(of page: Page?) throws(StoreError) -> History {
        try failingAsStoreError {
            try queue.read { db in
                let days = try Row.fetchAll(
                    db,
                    sql: """
                        SELECT page, day, count, uniq FROM daily
                        WHERE page = ? AND (count <> 0 OR uniq <> 0) ORDER BY day
                        """,
                    arguments: [page?.path ?? ""]
                )
                return History(
                    page: page,
                    total: try db.count(of: page) ?? .zero,
                    days: try days.map { try DailyRow($0).ofDay }
                )
            }
        }
    }

    package func merge(
        _ histories: [History],
        for receipts: [Receipt],
        progress: @Sendable (Int) -> Void
    ) throws(StoreError) -> Bool {
        try failingAsStoreError {
            try queue.write { db in
                guard try receipts.areOutstanding(db.receipts(receipts.map(\.name))) else { return false }
                try db.add(histories, for: receipts, progress)
                return true
            }
        }
    }

    package func replace(
        with histories: [History],
        for receipts: [Receipt],
        progress: @Sendable (Int) -> Void
    ) throws(StoreError) {
        try failingAsStoreError {
            try queue.write { db in
                try db.execute(
                    sql: """
                        DELETE FROM counter; DELETE FROM daily; DELETE FROM receipt;
                        INSERT INTO counter (page, count, uniq) VALUES ('', 0, 0);
                        """
                )
                try db.add(histories, for: receipts, progress)
            }
        }
    }

    package func remove(_ pages: Set<Page>) throws(StoreError) -> Set<Page> {
        try failingAsStoreError {
            try queue.write { db in
                try pages.filter { page in
                    try db.execute(sql: "DELETE FROM daily WHERE page = ?", arguments: [page.path])
                    try db.execute(sql: "DELETE FROM counter WHERE page = ?", arguments: [page.path])
                    return db.changesCount > 0
                }
            }
        }
    }

    package func forget(before day: Day) throws(StoreError) {
        try failingAsStoreError {
            try queue.write { try $0.execute(sql: "DELETE FROM daily WHERE day < ?", arguments: [day.number]) }
        }
    }

    package func receipts(_ names: [String]) throws(StoreError) -> [String: String] {
        try failingAsStoreError { try queue.read { try $0.receipts(names) } }
    }

    /// Gives room that is not used any more back to the file system (SQLite, “VACUUM”). Visits wait for it.
    package func compact() throws(StoreError) {
        try failingAsStoreError { try queue.vacuum() }
    }
}

private struct DailyRow {
    let page: String
    let ofDay: Statistics.OfDay

    init(_ row: Row) throws {
        page = row[0]
        ofDay = .init(day: try Day(stored: row[1]), count: try .init(stored: row[2], unique: row[3]))
    }
}

extension Database {
    func pageCount() throws -> Int {
        try Int.fetchOne(cachedStatement(sql: "SELECT count(*) FROM counter WHERE page <> ''")) ?? 0
    }

    fileprivate func receipts(_ names: [String]) throws -> [String: String] {
        let statement = try cachedStatement(sql: "SELECT value FROM receipt WHERE name = ?")
        var receipts: [String: String] = [:]
        for name in names { receipts[name] = try String.fetchOne(statement, arguments: [name]) }
        return receipts
    }

    fileprivate func add(_ histories: [History], for receipts: [Receipt], _ progress: (Int) -> Void) throws {
        let total = try cachedStatement(
            sql: """
                INSERT INTO counter (page, count, uniq) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET count = count + excluded.count, uniq = uniq + excluded.uniq
                """
        )
        let daily = try cachedStatement(
            sql: """
                INSERT INTO daily (day, page, count, uniq) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET count = count + excluded.count, uniq = uniq + excluded.uniq
                """
        )
        for (index, history) in histories.enumerated() {
            let path = history.page?.path ?? ""
            try total.execute(arguments: [path, history.total.count, history.total.unique])
            for day in history.days {
                try daily.execute(arguments: [day.day.number, path, day.count.count, day.count.unique])
            }
            _ = try count(of: history.page)?.checkedTotal(of: history.page)
            progress(index + 1)
        }
        for receipt in receipts {
            try cachedStatement(sql: "INSERT OR REPLACE INTO receipt (name, value) VALUES (?, ?)")
                .execute(arguments: [receipt.name, receipt.new])
        }
    }
}
