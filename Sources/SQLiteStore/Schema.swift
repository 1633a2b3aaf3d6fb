import SQLite

/// The tables, created by named migrations. `user_version` is the number of migrations that a file has had. A released
/// migration never changes; append new ones.
///
/// A day is the number of UTC days since 1970-01-01. The page '' is the whole site. A block of days is `day >> 4`.
package enum Schema {
    /// Marks a file as Headcount's (SQLite, “Database File Format” §1.3.14, Application ID): “HdCt”.
    package static let applicationID = 0x4864_4374

    /// The version that this program writes.
    package static var version: Int { migrations.count }

    static let migrations: [(name: String, sql: String)] = [
        (
            "counters, days, visitors, salts, receipts of imports, last batches",
            """
            CREATE TABLE counter (
                page TEXT NOT NULL PRIMARY KEY,
                count INTEGER NOT NULL,
                uniq INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE daily (
                day INTEGER NOT NULL,
                page TEXT NOT NULL,
                count INTEGER NOT NULL,
                uniq INTEGER NOT NULL,
                crawlers INTEGER NOT NULL,
                prefetches INTEGER NOT NULL,
                ignored INTEGER NOT NULL,
                PRIMARY KEY (day, page)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE visitor (
                key INTEGER NOT NULL PRIMARY KEY
            ) STRICT;
            CREATE TABLE salt (
                day INTEGER NOT NULL PRIMARY KEY,
                salt BLOB NOT NULL
            ) STRICT;
            CREATE TABLE receipt (
                name TEXT NOT NULL PRIMARY KEY,
                value TEXT NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE last_batch (
                process INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
                names BLOB NOT NULL
            ) STRICT;
            INSERT INTO counter (page, count, uniq) VALUES ('', 0, 0);
            """
        ),
        (
            "sums of 16 days for each page, kept by triggers",
            """
            CREATE TABLE block (
                block INTEGER NOT NULL,
                page TEXT NOT NULL,
                count INTEGER NOT NULL,
                uniq INTEGER NOT NULL,
                PRIMARY KEY (block, page)
            ) STRICT, WITHOUT ROWID;
            INSERT INTO block SELECT day >> 4, page, sum(count), sum(uniq) FROM daily WHERE page <> '' GROUP BY 1, 2;
            CREATE TRIGGER daily_insert AFTER INSERT ON daily WHEN new.page <> '' BEGIN
                INSERT INTO block VALUES (new.day >> 4, new.page, new.count, new.uniq)
                ON CONFLICT DO UPDATE SET count = count + excluded.count, uniq = uniq + excluded.uniq;
            END;
            CREATE TRIGGER daily_update AFTER UPDATE OF count, uniq ON daily WHEN new.page <> '' BEGIN
                INSERT INTO block VALUES (new.day >> 4, new.page, new.count - old.count, new.uniq - old.uniq)
                ON CONFLICT DO UPDATE SET count = count + excluded.count, uniq = uniq + excluded.uniq;
            END;
            CREATE TRIGGER daily_move AFTER UPDATE OF day, page ON daily BEGIN
                UPDATE block SET count = count - old.count, uniq = uniq - old.uniq
                WHERE block = old.day >> 4 AND page = old.page;
                DELETE FROM block WHERE block = old.day >> 4 AND page = old.page AND count = 0 AND uniq = 0;
                INSERT INTO block SELECT new.day >> 4, new.page, old.count, old.uniq WHERE new.page <> ''
                ON CONFLICT DO UPDATE SET count = count + excluded.count, uniq = uniq + excluded.uniq;
            END;
            CREATE TRIGGER daily_delete AFTER DELETE ON daily WHEN old.page <> '' BEGIN
                UPDATE block SET count = count - old.count, uniq = uniq - old.uniq
                WHERE block = old.day >> 4 AND page = old.page;
                DELETE FROM block WHERE block = old.day >> 4 AND page = old.page AND count = 0 AND uniq = 0;
            END;
            """
        ),
    ]

    /// Runs the migrations that a file has not had, and sets its application ID, in one transaction.
    static func migrate(_ db: Connection) throws {
        try db.transaction {
            let done = try db.row("PRAGMA user_version") { $0.int(0) } ?? 0
            // The write-ahead log may contain migrations that the file does not have yet.
            guard done <= version else { throw OpenError.newer }
            for migration in migrations.dropFirst(done) { try db.execute(migration.sql) }
            try db.execute("PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version)")
        }
    }
}
