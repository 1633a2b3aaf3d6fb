import FoundationEssentials
import Glibc
import Headcount
import HeadcountCommand
import SQLite
import StoreConformance
import Testing

@testable import SQLiteStore

@Suite("The SQLite store")
struct SQLiteStoreTests {
    /// A directory that is removed when the test ends.
    final class Scratch {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        var path: String { directory.appendingPathComponent("headcount.db").path }

        init() throws {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        }

        deinit {
            try? FileManager.default.removeItem(at: directory)
        }

        func store(maximumPages: Int = 1000) throws -> SQLiteStore {
            try SQLiteStore(path: path, maximumPages: maximumPages)
        }

        /// The content of the database and its write-ahead log.
        func bytes() throws -> [UInt8] {
            try ["", "-wal"].reduce(into: []) { all, suffix in
                guard FileManager.default.fileExists(atPath: path + suffix) else { return }
                all += try Data(contentsOf: URL(filePath: path + suffix))
            }
        }

        var files: [String] {
            get throws { try FileManager.default.contentsOfDirectory(atPath: directory.path) }
        }
    }

    private let day = Day(number: 20_781)

    @Test("conforms", arguments: StoreConformance.requirements)
    func conforms(_ requirement: StoreConformance.Requirement) throws {
        let scratch = try Scratch()
        var number = 0
        try StoreConformance { maximumPages in
            number += 1
            return try SQLiteStore(path: "\(scratch.path)\(number)", maximumPages: maximumPages)
        }.check(requirement)
    }

    @Test("serves its owner", arguments: OwnerConformance.requirements)
    func servesOwner(_ requirement: OwnerConformance.Requirement) throws {
        let scratch = try Scratch()
        try OwnerConformance { try SQLiteStore(path: scratch.path, maximumPages: 1000) }.check(requirement)
        #expect(try scratch.store().faults().isEmpty)
    }

    @Test("keeps its numbers, its day and its salt after a restart")
    func restarts() throws {
        let scratch = try Scratch()
        let first = try scratch.store()
        let opened = try first.open(day)
        _ = try first.record([Visit(page: Page(path: "/x"), siteVisitor: VisitorID(high: 1, low: 1))], on: day)
        try first.close()
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "-wal"))

        let second = try scratch.store()
        #expect(try second.open(day) == opened)
        let tallies = try second.record([Visit(siteVisitor: VisitorID(high: 1, low: 1))], on: day)
        #expect(tallies == [Tally(site: .init(count: 2, unique: 1))])
        #expect(try second.tally(for: Page(path: "/x")).page == .init(count: 1, unique: 0))
    }

    @Test("does not count a request again that a killed process had counted")
    func repeatedRequests() throws {
        let scratch = try Scratch()
        let page = try Page(path: "/a")
        let (one, two, three) = (RequestID(bits: 1), RequestID(bits: .max), RequestID(bits: 3))
        var killed: SQLiteStore? = try scratch.store(maximumPages: 1)
        _ = try killed?.open(day)
        _ = try killed?.record([Visit(request: three)], on: day)
        let last = [
            Visit(page: page, siteVisitor: VisitorID(high: 1, low: 1), request: one),
            Visit(page: try Page(path: "/past/the/limit"), request: two),
        ]
        _ = try killed?.record(last, on: day)
        killed = nil

        let next = try scratch.store(maximumPages: 1)
        let tomorrow = try next.open(day.advanced(by: 1)).day
        let again = [Visit(request: two), Visit(), Visit(page: page, request: one), Visit(request: three)]
        let tallies = try next.record(again, on: tomorrow)
        #expect(tallies.map(\.isRepeated) == [true, false, true, false], "only the last batch is remembered")
        #expect(tallies.map(\.site.count) == [3, 4, 4, 5], "repeated requests get the current numbers")
        #expect(tallies.map(\.page) == [nil, nil, .init(count: 1, unique: 0), nil])
        // A third process knows them too, and a running one learns what another has counted since.
        let third = try scratch.store()
        let four = RequestID(bits: 4)
        #expect(
            try third.record([Visit(request: two), Visit(request: four)], on: tomorrow).map(\.isRepeated) == [
                true, false,
            ]
        )
        #expect(try next.record([Visit(request: four)], on: tomorrow).map(\.isRepeated) == [true])
        #expect(try next.tally(for: nil).site.count == 6)
    }

    @Test("keeps the ids of the last batches of sixteen processes")
    func keepsLastBatches() throws {
        let scratch = try Scratch()
        for number in 0..<40 {
            let killed = try scratch.store()
            _ = try killed.open(day)
            for _ in 0..<2 { _ = try killed.record([Visit(request: RequestID(bits: UInt64(number)))], on: day) }
        }
        let db = try Connection(path: scratch.path)
        let rows = try db.rows("SELECT process, length(names) FROM last_batch ORDER BY process") {
            [$0.int(0), $0.int(1)]
        }
        #expect(rows == (25...40).map { [$0, 8] })
    }

    @Test("uses a write-ahead log, syncs every commit and overwrites deleted content")
    func pragmas() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let values = try ["journal_mode", "synchronous", "secure_delete"].map { pragma in
            try store.db.row("PRAGMA \(pragma)") { $0.text(0) }
        }
        #expect(values == ["wal", "2", "1"])
    }

    @Test("gives up at the deadline, and delays the sweep, while another process writes")
    func locked() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        _ = try store.open(day)
        _ = try store.record([Visit(siteVisitor: VisitorID(high: 1, low: 1))], on: day)
        let tomorrow = try store.open(day.advanced(by: 1)).day
        let other = try Connection(path: scratch.path)
        var work = Work()
        work.day = tomorrow
        work.visits = [Visit()]
        work.totals = []
        try other.execute("BEGIN IMMEDIATE")
        let results = store.perform(work, by: .after(50))
        let error = #expect(throws: StoreError.self) { try results.tallies.get() }
        #expect(error?.kind == .busy)
        #expect(try results.totals.get().site.count == 1, "reading needs no lock")
        #expect(try store.sweep() == .blocked)
        try other.execute("ROLLBACK")
        #expect(try store.record([Visit()], on: tomorrow).map(\.site.count) == [2])
        while try store.sweep() == .more {}
        #expect(try store.sweep() == .clean)
    }

    @Test("reports a full disk")
    func full() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let day = try store.open(day).day
        try store.db.execute("PRAGMA max_page_count = 1")
        let visits = try (0..<500).map { Visit(page: try Page(path: "/page/\($0)")) }
        #expect(throws: StoreError("SQLite error 13: database or disk is full", .disk)) {
            try store.record(visits, on: day)
        }
    }

    @Test("keeps the visitors of different days apart", arguments: [0, 127, 128, 255, 256, 20_781])
    func visitorKeys(_ number: Int) {
        let (day, next) = (Day(number: number), Day(number: number + 1))
        for low in [0, 1 << 55, UInt64.max] {
            let key = VisitorKey(VisitorID(high: 0, low: low), on: day).value
            #expect(VisitorKey.keys(of: day).contains(key))
            #expect(VisitorKey.keys(ofDayWith: key) == VisitorKey.keys(of: day))
            #expect(!VisitorKey.keys(of: next).contains(key))
        }
    }

    @Test("shares salt, visitors, pages and numbers with another store on the same file")
    func shares() throws {
        let scratch = try Scratch()
        let stores = [try scratch.store(maximumPages: 2), try scratch.store(maximumPages: 2)]
        let salts = try stores.map { try $0.open(day).salt }
        #expect(salts[0] == salts[1])
        for number in 0..<10 {
            let visit = Visit(
                page: try Page(path: "/\(number % 3)"),
                siteVisitor: VisitorID(high: 0, low: UInt64(number / 2))
            )
            let tally = try stores[number % 2].record([visit], on: day)[0]
            #expect(tally.site == .init(count: number + 1, unique: number / 2 + 1))
            #expect((tally.page == nil) == (number % 3 == 2))
        }
    }

    @Test("erases a past day's salt and hashes from the bytes of the file")
    func erases() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let salt = try store.open(day).salt
        let ids = (0..<5000).map { VisitorID(high: 0, low: 0x5E_C2E7_C0FF_0000 | UInt64($0)) }
        // SQLite writes seven bits of a key to a byte (“Database File Format” §1.6). All keys begin with the same 42 bits.
        let key = VisitorKey(ids[0], on: day).value
        let beginning = (0..<6).map { UInt8(truncatingIfNeeded: key >> (57 - 7 * $0)) | 0x80 }
        _ = try store.record(ids.map { Visit(siteVisitor: $0) }, on: day)
        #expect(try scratch.bytes().firstRange(of: salt.bytes) != nil)
        #expect(try scratch.bytes().firstRange(of: beginning) != nil)

        _ = try store.open(day.advanced(by: 1))
        #expect(try scratch.bytes().firstRange(of: salt.bytes) == nil, "the salt is erased at once")
        while try store.sweep() == .more {}
        #expect(try scratch.bytes().firstRange(of: beginning) == nil)
        #expect(try store.tally(for: nil).site == .init(count: 5000, unique: 5000))
    }

    @Test("truncates its log after another process has finished reading")
    func blockedSweep() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        _ = try store.open(day)
        let reader = try Connection(path: scratch.path)
        try reader.transaction(.deferred) {
            _ = try reader.row("SELECT count FROM counter") { $0.int(0) }
            _ = try store.record([Visit(siteVisitor: VisitorID(high: 1, low: 1))], on: day)
            _ = try store.open(day.advanced(by: 1))
            while try store.sweep() == .more {}
            #expect(try store.sweep() == .blocked)
        }
        #expect(try store.sweep() == .clean)
    }

    @Test("refuses a file that is not its own, and does not change it", arguments: Foreign.allCases)
    func foreign(_ kind: Foreign) throws {
        let scratch = try Scratch()
        try kind.make(at: scratch.path)
        let before = try scratch.bytes()
        for use in [SQLiteStore.Use.counting, .reading] {
            let error = #expect(throws: OpenError.self) {
                try SQLiteStore(path: scratch.path, maximumPages: 1, use: use)
            }
            #expect(error.map(kind.expects) == true, "\(String(describing: error))")
        }
        #expect(try scratch.bytes() == before)
        #expect(try scratch.files == ["headcount.db"])
    }

    enum Foreign: CaseIterable {
        case text, otherDatabase, shortFile, newer, unreleased, truncated

        func make(at path: String) throws {
            let url = URL(filePath: path)
            switch self {
            case .text:
                try Data(repeating: 0x41, count: 8192).write(to: url)
            case .shortFile:
                try Data("SQLite format 3\0".utf8).write(to: url)
            case .otherDatabase:
                try Data().write(to: url)
                try Self.change(path, "CREATE TABLE counter (page, count, uniq)")
            case .newer:
                try SQLiteStore(path: path, maximumPages: 1).close()
                try Self.change(path, "PRAGMA user_version = 1000")
            case .unreleased:
                try SQLiteStore(path: path, maximumPages: 1).close()
                try Self.change(path, "PRAGMA user_version = 0")
            case .truncated:
                let store = try SQLiteStore(path: path, maximumPages: 1000)
                let day = try store.open(Day(number: 1)).day
                _ = try store.record((0..<500).map { Visit(page: try Page(path: "/page/\($0)")) }, on: day)
                try store.close()
                let bytes = try Data(contentsOf: url)
                try bytes.prefix(bytes.count / 2).write(to: url)
            }
        }

        private static func change(_ path: String, _ script: String) throws {
            let db = try Connection(path: path)
            try db.execute(script)
            db.close()
        }

        func expects(_ error: OpenError) -> Bool {
            switch (self, error) {
            case (.text, .foreign), (.otherDatabase, .foreign), (.shortFile, .foreign), (.newer, .newer): true
            case (.unreleased, .unreleased), (.truncated, .corrupt): true
            default: false
            }
        }
    }

    @Test("creates a file once when several stores open it at the same time", .timeLimit(.minutes(1)))
    func createdOnce() async throws {
        let scratch = try Scratch()
        let path = scratch.path
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let store = try SQLiteStore(path: path, maximumPages: 1)
                    let day = try store.open(Day(number: 20_781)).day
                    _ = try store.record([Visit()], on: day)
                }
            }
            try await group.waitForAll()
        }
        #expect(try scratch.store().tally(for: nil).site.count == 8)
    }

    @Test("for reading creates no file, and can open a backup")
    func reading() throws {
        let scratch = try Scratch()
        #expect(throws: OpenError.self) { try SQLiteStore(path: scratch.path, maximumPages: 1, use: .reading) }
        #expect(try scratch.files.isEmpty)
        let store = try scratch.store()
        let day = try store.open(day).day
        _ = try store.record([Visit()], on: day)
        let backup = scratch.directory.path + "/backup.db"
        let contents = try store.backUp(to: backup)
        #expect(contents == (.init(count: 1), 0))
        let reader = try SQLiteStore(path: backup, maximumPages: 1, use: .reading)
        #expect(try reader.tally(for: nil).site.count == 1)
        #expect(try reader.faults().isEmpty)
    }

    @Test("the integrity check finds damage in the middle of a file")
    func damage() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let day = try store.open(day).day
        _ = try store.record((0..<500).map { Visit(page: try Page(path: "/page/\($0)")) }, on: day)
        try store.close()
        var bytes = try Data(contentsOf: URL(filePath: scratch.path))
        bytes.replaceSubrange(4096..<16_384, with: Data(repeating: 0x5A, count: 12_288))
        try bytes.write(to: URL(filePath: scratch.path))
        #expect(try !scratch.store().faults().isEmpty)
    }

    @Test("refuses an unusable path and says why")
    func unusable() throws {
        let scratch = try Scratch()
        #expect(throws: OpenError.unusable("No such file or directory")) {
            try SQLiteStore(path: scratch.path + "/none/h.db", maximumPages: 1)
        }
        #expect(throws: OpenError.unusable("it is not a regular file")) {
            try SQLiteStore(path: scratch.directory.path, maximumPages: 1)
        }
    }

    @Test("creates files that no other user may read")
    func mode() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        _ = try store.open(day)
        for suffix in ["", "-wal", "-shm"] {
            var status = stat()
            #expect(stat(scratch.path + suffix, &status) == 0 && status.st_mode & 0o777 == 0o600)
        }
    }

    @Test("treats an empty file like a new one")
    func empty() throws {
        let scratch = try Scratch()
        try Data().write(to: URL(filePath: scratch.path))
        let store = try scratch.store()
        _ = try store.open(day)
        #expect(try store.record([Visit()], on: day).map(\.site.count) == [1])
    }
}
