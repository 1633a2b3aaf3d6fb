import Headcount
import SQLite
import SQLiteStore

extension SQLiteStore: OwnerStore {
    /// One query, so that all histories are read at one moment.
    package func histories() throws(StoreError) -> [History] {
        try mappingErrors {
            var pages: [(path: String, total: Tally.Count, days: [Statistics.DayCount])] = []
            _ = try db.rows(
                """
                SELECT counter.page, counter.count, counter.uniq, daily.day, daily.count, daily.uniq
                FROM counter LEFT JOIN daily
                ON daily.page = counter.page AND (daily.count <> 0 OR daily.uniq <> 0)
                ORDER BY counter.page, daily.day
                """
            ) { row in
                let path = row.text(0)
                if pages.isEmpty || !pages[pages.count - 1].path.utf8.elementsEqual(path.utf8) {
                    pages.append((path, try .init(stored: row.int(1), unique: row.int(2)), []))
                }
                if !row.isNull(3) { pages[pages.count - 1].days.append(try row.ofDay(at: 3)) }
            }
            return try pages.map {
                History(page: $0.path.isEmpty ? nil : try Page(path: $0.path), total: $0.total, days: $0.days)
            }.filter { $0.page == nil || !$0.isEmpty }
        }
    }

    package func history(of page: Page?) throws(StoreError) -> History {
        try mappingErrors {
            try db.transaction(.deferred) {
                let days = try db.rows(
                    "SELECT day, count, uniq FROM daily WHERE page = ? AND (count <> 0 OR uniq <> 0) ORDER BY day",
                    .text(page?.path ?? "")
                ) { try $0.ofDay(at: 0) }
                return History(page: page, total: try db.count(of: page) ?? .zero, days: days)
            }
        }
    }

    package func merge(
        _ histories: [History],
        for receipts: [Receipt],
        progress: @Sendable (Int) -> Void
    ) throws(StoreError) -> Bool {
        try mappingErrors {
            try db.transaction {
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
        try mappingErrors {
            try db.transaction {
                try db.execute(
                    """
                    DELETE FROM counter; DELETE FROM daily; DELETE FROM receipt;
                    INSERT INTO counter (page, count, uniq) VALUES ('', 0, 0);
                    """
                )
                try db.add(histories, for: receipts, progress)
            }
        }
    }

    package func remove(_ pages: Set<Page>) throws(StoreError) -> Set<Page> {
        try mappingErrors {
            try db.transaction {
                try pages.filter { page in
                    try db.run("DELETE FROM daily WHERE page = ?", .text(page.path))
                    try db.run("DELETE FROM counter WHERE page = ?", .text(page.path))
                    return db.changes > 0
                }
            }
        }
    }

    package func prune(before day: Day) throws(StoreError) {
        try mappingErrors { try db.run("DELETE FROM daily WHERE day < ?", .int(day.number)) }
    }

    package func receipts(_ names: [String]) throws(StoreError) -> [String: String] {
        try mappingErrors { try db.transaction(.deferred) { try db.receipts(names) } }
    }

    /// Returns unused space to the file system (SQLite, “VACUUM”). Visits wait until it is done.
    package func compact() throws(StoreError) {
        try mappingErrors { try db.execute("VACUUM") }
    }
}

extension Statement {
    /// Reads three columns: the day, its visits and its unique visitors.
    fileprivate func ofDay(at column: Int) throws -> Statistics.DayCount {
        .init(
            day: try Day(stored: int(column)),
            count: try .init(stored: int(column + 1), unique: int(column + 2))
        )
    }
}

extension Connection {
    fileprivate func receipts(_ names: [String]) throws -> [String: String] {
        var receipts: [String: String] = [:]
        for name in names {
            receipts[name] = try row("SELECT value FROM receipt WHERE name = ?", .text(name)) { $0.text(0) }
        }
        return receipts
    }

    fileprivate func add(_ histories: [History], for receipts: [Receipt], _ progress: (Int) -> Void) throws {
        for (index, history) in histories.enumerated() {
            let path = history.page?.path ?? ""
            try run(
                """
                INSERT INTO counter (page, count, uniq) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET count = count + excluded.count, uniq = uniq + excluded.uniq
                """,
                .text(path),
                .int(history.total.count),
                .int(history.total.unique)
            )
            for day in history.days {
                try run(
                    """
                    INSERT INTO daily (day, page, count, uniq) VALUES (?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET count = count + excluded.count, uniq = uniq + excluded.uniq
                    """,
                    .int(day.day.number),
                    .text(path),
                    .int(day.count.count),
                    .int(day.count.unique)
                )
            }
            _ = try count(of: history.page)?.checkedTotal(of: history.page)
            progress(index + 1)
        }
        for receipt in receipts {
            try run(
                "INSERT OR REPLACE INTO receipt (name, value) VALUES (?, ?)",
                .text(receipt.name),
                .text(receipt.new)
            )
        }
    }
}
