import SQLite

/// The tables, made by named steps. `user_version` says how many of them a file has; a step that was released never
/// changes, a new one goes to the end.
///
/// A day is the number of the UTC day since 1970-01-01; the site as a whole is the page ''.
package enum Schema {
    /// Marks a file as Headcount's (SQLite, “Database File Format” §1.3.14, Application ID): “HdCt”.
    package static let applicationID = 0x4864_4374

    /// The version that this program writes.
    package static var version: Int { steps.count }

    private static let steps: [(name: String, sql: String)] = [
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
        )
    ]

    /// Takes the steps that a file has not taken yet, and marks it, in one transaction.
    static func migrate(_ db: Connection) throws {
        try db.transaction {
            let done = try db.row("PRAGMA user_version") { $0.int(0) } ?? 0
            // The log may know of steps that the file does not know yet.
            guard done <= version else { throw OpenError.newer }
            for step in steps.dropFirst(done) { try db.execute(step.sql) }
            try db.execute("PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version)")
        }
    }
}
