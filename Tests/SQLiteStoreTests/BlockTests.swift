import FoundationEssentials
import Headcount
import HeadcountCommand
import SQLite
import StoreConformance
import Testing

@testable import SQLiteStore

@Suite("The sums of 16 days of each page")
struct BlockTests {
    private let day = Day(number: 20_781)
    private let scratch: SQLiteStoreTests.Scratch

    init() throws { scratch = try .init() }

    private func blocks(in db: Connection) throws -> [[Int]] {
        try db.rows("SELECT block, count, uniq FROM block ORDER BY block, page") { [$0.int(0), $0.int(1), $0.int(2)] }
    }

    @Test("follow changes made with SQL, also before 1970")
    func changes() throws {
        let store = try scratch.store()
        _ = try store.record(
            [Visit(page: Page(path: "/a"), pageVisitor: VisitorID(high: 1, low: 1)), Visit()],
            on: day
        )
        #expect(try blocks(in: store.db) == [[day.number >> 4, 1, 1]])
        try store.db.execute(
            """
            UPDATE counter SET count = 100, uniq = 100;
            INSERT INTO daily VALUES (-17, '/a', 5, 1, 0, 0, 0), (-16, '/a', 3, 1, 0, 0, 0), (-1, '/a', 1, 0, 0, 0, 0);
            UPDATE daily SET count = 7 WHERE day = -17;
            DELETE FROM daily WHERE day = -16;
            """
        )
        #expect(try blocks(in: store.db) == [[-2, 7, 1], [-1, 1, 0], [day.number >> 4, 1, 1]])
        try store.db.execute("UPDATE daily SET day = day - 32, page = '/b', count = count + 1 WHERE day < 0")
        #expect(try blocks(in: store.db) == [[-4, 8, 1], [-3, 2, 0], [day.number >> 4, 1, 1]])
        try store.db.execute("UPDATE daily SET page = '/a' WHERE page = '/b'")
        #expect(try store.faults().isEmpty)
        #expect(try store.remove([Page(path: "/a")]).count == 1)
        #expect(try blocks(in: store.db).isEmpty, "the path is no longer in the file")
    }

    @Test("are compared with the days by the integrity check")
    func check() throws {
        let store = try scratch.store()
        _ = try store.record([Visit(page: Page(path: "/a"))], on: day)
        try store.db.execute("UPDATE block SET count = count + 1")
        let fault = "the sums of /a for the 16 days from 2026-11-11 are not those of its days"
        #expect(try store.faults() == [fault])
        try store.db.execute("DELETE FROM block")
        #expect(try store.faults() == [fault])
    }

    @Test("are made by a migration")
    func migration() throws {
        let path = scratch.directory.path + "/old.db"
        try Data().write(to: URL(filePath: path))
        let old = try Connection(path: path)
        try old.execute(Schema.migrations[0].sql)
        try old.execute(
            """
            PRAGMA application_id = \(Schema.applicationID);
            PRAGMA user_version = 1;
            INSERT INTO counter VALUES ('/a', 6, 2);
            INSERT INTO daily VALUES (1, '', 6, 2, 0, 0, 0), (15, '/a', 1, 1, 0, 0, 0), (16, '/a', 2, 0, 0, 0, 0),
                (31, '/a', 3, 1, 0, 0, 0);
            """
        )
        old.close()
        let error = #expect(throws: OpenError.self) { try SQLiteStore(path: path, maximumPages: 10, use: .reading) }
        #expect(error?.description.contains("start the service") == true)
        let store = try SQLiteStore(path: path, maximumPages: 10)
        #expect(try blocks(in: store.db) == [[0, 1, 1], [1, 5, 1]])
        #expect(
            try store.statistics(of: nil, from: Day(number: 15), to: Day(number: 31)).pages.map(\.count.count) == [6]
        )
    }

    @Test("stay correct in a backup that is used as the database")
    func backup() throws {
        let store = try scratch.store()
        let visits = [Visit(page: try Page(path: "/a"))]
        _ = try store.record(visits, on: day)
        let path = scratch.directory.path + "/backup.db"
        _ = try store.backUp(to: path)
        let restored = try SQLiteStore(path: path, maximumPages: 10)
        _ = try restored.record(visits, on: day)
        #expect(try blocks(in: restored.db) == [[day.number >> 4, 2, 0]])
        #expect(try restored.faults().isEmpty)
    }
}
