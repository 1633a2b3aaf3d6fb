import Headcount
import SQLite
import SQLiteStore

extension SQLiteStore: OwnerStore {
    /// One query, so that all histories are read at one moment.
    package func histories() throws(StoreError) -> [History] {
        try mappingErrors {
            var pages: [(path: String, total: Tally.Count, days: [Statistics.DayCount])] = []
            _ = try db.rows(
                // The key of daily begins with the day. A copy gets an index by page, so that it is not scanned for each page.
                """
                WITH days AS MATERIALIZED (SELECT * FROM daily)
                SELECT counter.page, counter.count, counter.uniq,
                    day, days.count, days.uniq, crawlers, prefetches, ignored
                FROM counter LEFT JOIN days USING (page)
                ORDER BY page, day
                """
            ) { row in
                let path = row.text(0)
                if pages.isEmpty || !pages[pages.count - 1].path.utf8.elementsEqual(path.utf8) {
                    pages.append((path, try .init(stored: row.int(1), unique: row.int(2)), []))
                }
                guard !row.isNull(3) else { return }
                let day = try row.dayCount(at: 3)
                if !day.isEmpty { pages[pages.count - 1].days.append(day) }
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
                    "SELECT day, count, uniq, crawlers, prefetches, ignored FROM daily WHERE page = ? ORDER BY day",
                    .text(page?.path ?? "")
                ) { try $0.dayCount() }
                return History(
                    page: page,
                    total: try db.count(of: page) ?? .zero,
                    days: days.filter { !$0.isEmpty }
                )
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
            for day in history.days { try add(day, of: history.page) }
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
