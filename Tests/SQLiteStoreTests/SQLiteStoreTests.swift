import Foundation
import GRDB
import Glibc
import Headcount
import StoreConformance
import Testing

@testable import SQLiteStore

@Suite("The SQLite store")
struct SQLiteStoreTests {
    /// A directory that goes when the test ends.
    private final class Scratch {
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

        /// All that stands in the file and beside it.
        func bytes() throws -> Data {
            try ["", "-wal"].reduce(into: Data()) { all, suffix in
                guard FileManager.default.fileExists(atPath: path + suffix) else { return }
                all += try Data(contentsOf: URL(fileURLWithPath: path + suffix))
            }
        }
    }

    private let day = Day(number: 20_781)

    @Test("conforms", arguments: StoreConformance.demands)
    func conforms(_ demand: StoreConformance.Demand) throws {
        let scratch = try Scratch()
        var number = 0
        try StoreConformance { maximumPages in
            number += 1
            return try SQLiteStore(path: "\(scratch.path)\(number)", maximumPages: maximumPages)
        }.check(demand)
    }

    @Test("serves its owner", arguments: OwnersConformance.demands)
    func servesOwner(_ demand: OwnersConformance.Demand) throws {
        let scratch = try Scratch()
        try OwnersConformance { try SQLiteStore(path: scratch.path, maximumPages: 1000) }.check(demand)
    }

    @Test("keeps its numbers, its day and its salt over a restart")
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

    @Test("gives the answers of a process that died before it could, and counts nothing for them")
    func answersForTheDead() throws {
        let scratch = try Scratch()
        let page = try Page(path: "/a")
        let (one, two, three) = (RequestID(bits: 1), RequestID(bits: .max), RequestID(bits: 3))
        var killed: SQLiteStore? = try scratch.store(maximumPages: 1)
        _ = try killed?.open(day)
        _ = try killed?.record([Visit(request: three)], on: day)
        let due = try killed?.record(
            [
                Visit(page: page, siteVisitor: VisitorID(high: 1, low: 1), request: one),
                Visit(page: Page(path: "/past/the/limit"), request: two),
            ],
            on: day
        )
        killed = nil

        let next = try scratch.store(maximumPages: 1)
        _ = try next.open(day.advanced(by: 1))
        let again = [Visit(request: two), Visit(), Visit(page: page, request: one), Visit(request: three)]
        let tallies = try next.record(again, on: day.advanced(by: 1))
        #expect(tallies.map(\.isRepeated) == [true, false, true, false])
        #expect([tallies[2], tallies[0]].map { Tally(site: $0.site, page: $0.page) } == due)
        #expect(tallies[1].site.count == 4)
        #expect(tallies[3].site.count == 5, "the batch before the last was answered")
        // In the next batch, and by another process, they are known still.
        _ = try next.record([Visit()], on: day)
        #expect(try next.record([Visit(request: one)], on: day) == [tallies[2]])
        let third = try scratch.store()
        #expect(try third.record([Visit(request: two)], on: day) == [tallies[0]])
        #expect(try next.tally(for: nil).site.count == 6)
        // Also what a process has answered that the others have looked at before.
        let four = RequestID(bits: 4)
        let answered = try third.record([Visit(request: four)], on: day)
        #expect(try next.record([Visit(request: four)], on: day).map(\.site) == answered.map(\.site))
        #expect(try next.tally(for: nil).site.count == 7)
    }

    @Test("gives no process the place of another one, and keeps no answers of a script")
    func placesOfAnswers() throws {
        let scratch = try Scratch()
        let idle = try scratch.store()
        _ = try idle.open(day)
        _ = try idle.record([Visit(request: RequestID(bits: 1))], on: day)
        _ = try idle.open(day.advanced(by: 5))
        let other = try scratch.store()
        _ = try other.record([Visit(request: RequestID(bits: 2))], on: day.advanced(by: 5))
        _ = try idle.record([Visit(request: RequestID(bits: 3))], on: day.advanced(by: 5))
        #expect(try other.record([Visit(request: RequestID(bits: 3))], on: day.advanced(by: 5))[0].isRepeated)
        _ = try other.record([Visit(request: RequestID(bits: 5))], on: day.advanced(by: 5))
        #expect(try idle.record([Visit(request: RequestID(bits: 5))], on: day.advanced(by: 5))[0].isRepeated)

        let script = try SQLiteStore(path: scratch.path, maximumPages: 1, use: .oneVisit)
        _ = try script.record([Visit(request: RequestID(bits: 4))], on: day.advanced(by: 5))
        #expect(try !other.record([Visit(request: RequestID(bits: 4))], on: day.advanced(by: 5))[0].isRepeated)
    }

    @Test("keeps no answers that were given, nor those of many processes, nor for days")
    func forgetsAnswers() throws {
        let scratch = try Scratch()
        func answers(_ sql: String = "SELECT count(*) FROM answer") throws -> Int? {
            let queue = try DatabaseQueue(path: scratch.path)
            defer { try? queue.close() }
            return try queue.read { try Int.fetchOne($0, sql: sql) }
        }
        let orderly = try scratch.store()
        _ = try orderly.open(day)
        _ = try orderly.record([Visit(request: RequestID(bits: 1))], on: day)
        #expect(try answers() == 1)
        try orderly.close()
        #expect(try answers() == 0)
        for number in 0..<40 {
            let killed = try scratch.store()
            _ = try killed.record([Visit(request: RequestID(bits: UInt64(number)))], on: day)
        }
        #expect(try answers() == 16)
        #expect(try answers("SELECT sum(length(tallies)) FROM answer") == 16 * 40)
        let last = try scratch.store()
        _ = try last.open(day.advanced(by: 1))
        #expect(try answers() == 16)
        _ = try last.open(day.advanced(by: 2))
        #expect(try answers() == 0)
        _ = try last.record([Visit(request: RequestID(bits: 1))], on: day.advanced(by: 2))
        _ = try last.open(day)
        #expect(try answers() == 0, "the clock was wrong")
    }

    @Test("is durable: write-ahead log, full synchronization, deleted content overwritten")
    func pragmas() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let values = try ["journal_mode", "synchronous", "secure_delete"].map { try store.pragma($0) }
        #expect(values == ["wal", "2", "1"])
    }

    @Test("two stores on one file share salt, visitors, pages and numbers")
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

    @Test("a closed day's salt and hashes are gone from the bytes")
    func erases() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let salt = try store.open(day).salt
        let ids = (0..<5000).map {
            VisitorID(high: 0x5EC2_E7C0_FFEE_0000 | UInt64($0), low: UInt64.random(in: .min ... .max))
        }
        _ = try store.record(ids.map { Visit(siteVisitor: $0) }, on: day)
        #expect(try scratch.bytes().range(of: Data(salt.bytes)) != nil)
        #expect(try scratch.bytes().range(of: Data(ids[17].bytes)) != nil)

        _ = try store.open(day.advanced(by: 1))
        #expect(try scratch.bytes().range(of: Data(salt.bytes)) == nil, "the salt goes at once")
        while try store.sweep() == .more {}
        let bytes = try scratch.bytes()
        #expect(bytes.range(of: Data([0x5E, 0xC2, 0xE7, 0xC0, 0xFF, 0xEE])) == nil)
        #expect(try store.tally(for: nil).site == .init(count: 5000, unique: 5000))
    }

    @Test("a reader delays the truncation of the log, and nothing else")
    func blockedSweep() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        _ = try store.open(day)
        let reader = try DatabaseQueue(path: scratch.path)
        try reader.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN; SELECT * FROM counter")
            _ = try store.record([Visit(siteVisitor: VisitorID(high: 1, low: 1))], on: day)
            _ = try store.open(day.advanced(by: 1))
            while try store.sweep() == .more {}
            #expect(try store.sweep() == .blocked)
            try db.execute(sql: "COMMIT")
        }
        #expect(try store.sweep() == .clean)
    }

    @Test("a file that is not its own is refused and left as it is", arguments: Foreign.allCases)
    func foreign(_ kind: Foreign) throws {
        let scratch = try Scratch()
        try kind.make(at: scratch.path)
        let before = try scratch.bytes()
        let error = #expect(throws: OpenError.self) { try scratch.store() }
        #expect(error.map(kind.expects) == true, "\(String(describing: error))")
        #expect(try scratch.bytes() == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.directory.path) == ["headcount.db"])
    }

    enum Foreign: CaseIterable {
        case text, otherDatabase, shortFile, newer, overwritten, truncated

        func make(at path: String) throws {
            let url = URL(fileURLWithPath: path)
            switch self {
            case .text:
                try Data(repeating: 0x41, count: 8192).write(to: url)
            case .shortFile:
                try Data("SQLite format 3\0".utf8).write(to: url)
            case .otherDatabase:
                let queue = try DatabaseQueue(path: path)
                try queue.write { try $0.execute(sql: "CREATE TABLE counter (page, count, uniq)") }
                try queue.close()
            case .newer:
                try SQLiteStore(path: path, maximumPages: 1).close()
                let queue = try DatabaseQueue(path: path)
                try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('2 from the future')") }
                try queue.close()
            case .overwritten:
                var bytes = try Self.grown(at: path)
                bytes.replaceSubrange(4096..<16_384, with: Data(repeating: 0x5A, count: 12_288))
                try bytes.write(to: url)
            case .truncated:
                let bytes = try Self.grown(at: path)
                try bytes.prefix(bytes.count / 2).write(to: url)
            }
        }

        private static func grown(at path: String) throws -> Data {
            let store = try SQLiteStore(path: path, maximumPages: 1000)
            let day = Day(number: 1)
            _ = try store.open(day)
            _ = try store.record((0..<500).map { Visit(page: try Page(path: "/page/\($0)")) }, on: day)
            try store.close()
            return try Data(contentsOf: URL(fileURLWithPath: path))
        }

        func expects(_ error: OpenError) -> Bool {
            switch (self, error) {
            case (.text, .foreign), (.otherDatabase, .foreign), (.shortFile, .foreign), (.newer, .newer): true
            case (.overwritten, .corrupt), (.truncated, .corrupt): true
            default: false
            }
        }
    }

    @Test(
        "a process of one visit refuses what is not its own, too",
        arguments: [Foreign.text, .shortFile, .otherDatabase, .newer]
    )
    func foreignToScripts(_ kind: Foreign) throws {
        let scratch = try Scratch()
        try kind.make(at: scratch.path)
        let before = try Data(contentsOf: URL(fileURLWithPath: scratch.path))
        let error = #expect(throws: OpenError.self) {
            try SQLiteStore(path: scratch.path, maximumPages: 1, use: .oneVisit)
        }
        #expect(error.map(kind.expects) == true, "\(String(describing: error))")
        #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.path)) == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.directory.path) == ["headcount.db"])
    }

    @Test("a process of one visit makes the file, or takes it up, and waits for nobody's turn")
    func script() throws {
        let scratch = try Scratch()
        func visit() throws -> Int? {
            let store = try SQLiteStore(path: scratch.path, maximumPages: 1, use: .oneVisit)
            let day = try store.open(day).day
            return try store.record([Visit()], on: day).first?.site.count
        }
        #expect(try visit() == 1)
        let turn = Glibc.open(scratch.directory.path, O_RDONLY | O_DIRECTORY)
        defer { Glibc.close(turn) }
        try #require(flock(turn, LOCK_EX) == 0)
        #expect(try visit() == 2)
        let reader = try SQLiteStore(path: scratch.path, maximumPages: 1, use: .reading)
        #expect(try reader.tally(for: nil).site.count == 2)
    }

    @Test("whoever only reads makes no file")
    func nothingToRead() throws {
        let scratch = try Scratch()
        #expect(throws: OpenError.unusable("there is none")) {
            try SQLiteStore(path: scratch.path, maximumPages: 1, use: .reading)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.directory.path).isEmpty)
    }

    @Test("is looked at with its log, also by way of a link")
    func link() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let link = scratch.directory.path + "/link.db"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: scratch.path)
        _ = try store.open(day)
        _ = try store.record([Visit()], on: day)
        let examiner = try SQLiteStore(path: link, maximumPages: 1, use: .examination(besideOthers: false))
        #expect(try examiner.tally(for: nil).site.count == 1)
        #expect(!examiner.isOvertaken)
    }

    @Test("a part of a file that a process of the same number has left is in nobody's way")
    func ownPart() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let backup = scratch.directory.path + "/backup.db"
        try Data([1]).write(to: URL(fileURLWithPath: "\(backup).\(getpid()).part"))
        _ = try store.backUp(to: backup, mayReplace: false)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: scratch.directory.path).filter { $0.contains("backup") }
                == ["backup.db"]
        )
    }

    @Test("a place where no file can be is refused with its reason")
    func unusable() throws {
        let scratch = try Scratch()
        #expect(throws: OpenError.unusable("No such file or directory")) {
            try SQLiteStore(path: scratch.path + "/none/h.db", maximumPages: 1)
        }
        #expect(throws: OpenError.unusable("it is not a regular file")) {
            try SQLiteStore(path: scratch.directory.path, maximumPages: 1)
        }
    }

    @Test("nobody else may read the file, nor those beside it")
    func mode() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        _ = try store.open(day)
        for suffix in ["", "-wal", "-shm"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: scratch.path + suffix)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        }
    }

    @Test("an empty file is a new one")
    func empty() throws {
        let scratch = try Scratch()
        try Data().write(to: URL(fileURLWithPath: scratch.path))
        let store = try scratch.store()
        _ = try store.open(day)
        #expect(try store.record([Visit()], on: day).map(\.site.count) == [1])
    }
}
