import Glibc
import Headcount
import Testing

@testable import HeadcountCommand

@Suite("A line of a log")
struct LogLineTests {
    private struct Read: Equatable {
        var address: String
        var day: String
        var path: String?
        var status: Int
        var userAgent: String
    }

    private func read(_ text: String) -> Read? {
        var text = text
        return text.withUTF8 { bytes in
            LogLine(bytes).map {
                Read(
                    address: String(decoding: $0.address, as: UTF8.self),
                    day: "\($0.day)",
                    path: $0.path.map { String(decoding: $0, as: UTF8.self) },
                    status: $0.status,
                    userAgent: String(decoding: $0.userAgent, as: UTF8.self)
                )
            }
        }
    }

    @Test("is read")
    func plain() {
        let line =
            #"192.0.2.1 - - [24/Nov/2026:10:00:00 +0000] "GET /a?b=c HTTP/1.1" 200 512 "https://x/" "Mozilla/5.0 (X11)""#
        #expect(
            read(line)
                == Read(
                    address: "192.0.2.1",
                    day: "2026-11-24",
                    path: "/a",
                    status: 200,
                    userAgent: "Mozilla/5.0 (X11)"
                )
        )
    }

    @Test(
        "is of a day of UTC",
        arguments: [
            ("24/Nov/2026:00:30:00 +0100", "2026-11-23"), ("24/Nov/2026:23:30:00 -0100", "2026-11-25"),
            ("01/Jan/2027:00:00:00 +0530", "2026-12-31"), ("29/Feb/2028:12:00:00 +0000", "2028-02-29"),
        ]
    )
    func days(_ stamp: String, _ day: String) {
        #expect(read("h - - [\(stamp)] \"GET / HTTP/1.0\" 200 1 \"-\" \"-\"")?.day == day)
    }

    @Test(
        "has quotes and other oddities in it",
        arguments: [
            (
                #"h - - [24/Nov/2026:10:00:00 +0000] "GET /\"x HTTP/1.1" 404 1 "-" "a \"b\" \\""#, #"/\"x"#,
                #"a \"b\" \\"#
            ),
            (#"h - a user [24/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 - "-" "-""#, "/", ""),
            (#"h - - [24/Nov/2026:10:00:00 +0000] "POST / HTTP/1.1" 200 1 "-" "x" 0.001 more"#, nil, "x"),
            (#"h - - [24/Nov/2026:10:00:00 +0000] "" 400 0 "-" "-""#, nil, ""),
        ] as [(String, String?, String)]
    )
    func oddities(_ line: String, _ path: String?, _ userAgent: String) {
        #expect(read(line)?.path == path)
        #expect(read(line)?.userAgent == userAgent)
    }

    @Test(
        "of a time that never was is none",
        arguments: [
            "31/Feb/2026:10:00:00 +0000", "29/Feb/2026:10:00:00 +0000", "31/Apr/2026:10:00:00 +0000",
            "00/Nov/2026:10:00:00 +0000", "32/Dec/2026:10:00:00 +0000", "24/Nov/2026:24:00:00 +0000",
            "24/Nov/2026:99:00:00 +0000", "24/Nov/2026:10:75:00 +0000", "24/Nov/2026:10:00:61 +0000",
            "24/Nov/2026:10:00:00 +9999", "24/Nov/2026:10:00:00 +0060", "24/Nov/2026:10:00:00 +1401",
            "24/Nov/0000:10:00:00 +0000", "01/Jan/1970:00:00:00 +0100", "31/Dec/9999:23:30:00 -0100",
            "24/Nov/2026 10:00:00 +0000", "24-Nov-2026:10:00:00 +0000", "24/Nov/2026:10:00:00 00000",
        ]
    )
    func impossibleTimes(_ stamp: String) {
        #expect(read("h - - [\(stamp)] \"GET / HTTP/1.0\" 200 1 \"-\" \"-\"") == nil)
    }

    @Test(
        "may be of the last second there can be",
        arguments: [
            ("31/Dec/2026:23:59:60 +0000", "2027-01-01"), ("31/Dec/9999:23:59:59 +0000", "9999-12-31"),
            ("01/Jan/1970:14:00:00 +1400", "1970-01-01"), ("31/Jan/2026:10:00:00 +0000", "2026-01-31"),
        ]
    )
    func utmostTimes(_ stamp: String, _ day: String) {
        #expect(read("h - - [\(stamp)] \"GET / HTTP/1.0\" 200 1 \"-\" \"-\"")?.day == day)
    }

    @Test("without a status of three digits is none", arguments: ["2/0", "1:d", "20", "2000", "abc"])
    func statuses(_ status: String) {
        #expect(read("h - - [24/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.0\" \(status) 1 \"-\" \"-\"") == nil)
    }

    @Test("may end as on Windows")
    func carriageReturn() {
        let line = #"h - - [24/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "Mozilla""#
        #expect(read(line + "\r") == read(line))
    }

    @Test("in another format, or cut short anywhere, is none and does no harm")
    func others() {
        let line = #"192.0.2.1 - - [24/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 512 "-" "Mozilla""#
        for length in 0..<line.utf8.count { #expect(read(String(line.prefix(length))) == nil) }
        #expect(read("hello") == nil)
        #expect(read(line.replacing("Nov", with: "Nix")) == nil)
        #expect(read(line.replacing("] ", with: "]")) == nil)
    }
}

@Suite("A tally of logs")
struct LogTallyTests {
    private func line(_ second: Int, _ address: Int = 1, _ target: String = "/", day: Int = 24) -> String {
        let time = "\(day)/Nov/2026:10:\(10 + second / 60):\(10 + second % 50) +0000"
        return #"192.0.2.\#(address) - - [\#(time)] "GET \#(target) HTTP/1.1" 200 \#(second) "-" "Mozilla/5.0 Gecko""#
    }

    /// Reads files one after the other.
    private func tally(_ files: [[String]], ledger: [Day: LogLedger] = [:]) -> LogTally {
        var tally = LogTally(Configuration(), ledger: { ledger[$0] ?? LogLedger() })
        for (number, file) in files.enumerated() {
            tally.beginFile(next: number + 1 < files.count ? Day(number: 0) : nil)
            for var line in file { line.withUTF8 { tally.add($0) } }
            tally.endFile()
        }
        return tally
    }

    private func ledger(_ tally: LogTally) -> [Day: LogLedger] {
        tally.days.mapValues { day in
            var ledger = LogLedger()
            ledger.pieces = day.pieces
            ledger.visits = day.site.count
            return ledger
        }
    }

    private let day = Day(number: 20_781)

    @Test("counts a visitor once a day and once a page, over all files")
    func unique() {
        let tally = tally([[line(0), line(1), line(2, 2)], [line(3), line(4, 1, "/a"), line(5, day: 25)]])
        #expect(tally.days[day]?.site == .init(count: 5, unique: 2))
        #expect(tally.days[day.advanced(by: 1)]?.site == .init(count: 1, unique: 1))
        let histories = tally.histories(of: [day]) { _ in true }
        #expect(histories.map { $0.page?.path } == [nil, "/", "/a"])
        #expect(
            histories.map(\.total) == [
                .init(count: 5, unique: 2), .init(count: 4, unique: 2), .init(count: 1, unique: 1),
            ]
        )
    }

    @Test("takes the same file twice for one")
    func twice() {
        let file = (0..<40).map { line($0, $0 % 7) }
        let tally = tally([file, file])
        #expect(tally.days[day]?.site == .init(count: 40, unique: 7))
        #expect(tally.summary.imported == 40)
    }

    @Test("counts lines once that several files have", arguments: [0, 5, 20, 39])
    func overlap(_ begin: Int) {
        let file = (0..<40).map { line($0, $0 % 7) }
        for end in [begin + 1, 30, 40] where end > begin {
            let part = Array(file[begin..<end])
            let whole = tally([file, part])
            #expect(whole.days[day]?.site == .init(count: 40, unique: 7))
            #expect(whole.days[day]?.pieces.count == 1, "a part of another file leaves nothing in the ledger")
            // What of the file was imported before may be read after another that has it, too.
            let more = tally([file, part], ledger: ledger(tally([part])))
            #expect(more.isWhole(day))
            let unique = 7 - (tally([part]).days[day]?.site.unique ?? 0)
            #expect(more.days[day]?.site ?? .zero == .init(count: 40 - part.count, unique: unique))
            #expect(more.summary.visits == 40 - part.count)
            #expect(more.summary.imported == 2 * part.count)
        }
        let overlapping = tally([Array(file[..<25]), Array(file[begin...])])
        #expect(overlapping.days[day]?.site.count == (begin > 25 ? 25 + 40 - begin : 40))
    }

    @Test("takes visits that are alike for different ones when one file has them")
    func alikeInOneFile() {
        #expect(tally([[line(1), line(1)], [line(2), line(2)]]).days[day]?.site.count == 4)
    }

    @Test("adds only what is new, wherever the log was cut", arguments: 0...40)
    func grows(_ cut: Int) {
        let file = (0..<40).map { line($0, $0 % 7) }
        let known = ledger(tally([Array(file[..<cut])]))
        let more = tally([file], ledger: known)
        #expect((more.days[day]?.site.count ?? 0) == 40 - cut)
        #expect((more.days[day]?.site.unique ?? 0) == max(0, 7 - cut))
        var all = known
        for (day, ledger) in ledger(more) {
            all[day, default: LogLedger()].pieces += ledger.pieces
        }
        let copy = LogLedger("\(all[day] ?? LogLedger())")
        #expect(copy == all[day])
        #expect(tally([file], ledger: all).days[day]?.site.count ?? 0 == 0)
        #expect(tally([Array(file[..<cut]), Array(file[cut...])], ledger: all).days[day]?.site.count ?? 0 == 0)
    }

    @Test("does not take a line for one like it that was imported")
    func alike() {
        let known = ledger(tally([[line(1)]]))
        #expect(tally([[line(1), line(1), line(1)]], ledger: known).days[day]?.site.count == 2)
    }

    @Test("knows a visitor of an earlier import also from a file that is read later")
    func uniqueInAnyOrder() {
        let (older, newer) = ([line(0), line(1, 1, "/a"), line(2, 2)], [line(3), line(4, 2), line(5, 3), line(5, 3)])
        let more = tally([older, newer], ledger: ledger(tally([newer])))
        #expect(more.isWhole(day))
        #expect(more.days[day]?.site == .init(count: 3, unique: 0))
        let pages = more.histories(of: [day]) { _ in true }
        #expect(pages.map { $0.page?.path } == [nil, "/", "/a"])
        #expect(pages.map(\.total.unique) == [0, 0, 1])
    }

    @Test("knows pieces of which one begins as another", arguments: [1, 2])
    func beginnings(_ first: Int) {
        let alike = [line(1), line(1)]
        let files = [Array(alike.prefix(first)), alike + [line(2), line(3)], alike + [line(4)]]
        var known = LogLedger()
        for file in files { known.pieces += tally([file]).days[day]?.pieces ?? [] }
        #expect(known.pieces.count == 3)
        for joined in [files, [files[1] + files[0] + files[2]], [files[0] + files[2], files[1]], files.reversed()] {
            let more = tally(joined + [[line(5)]], ledger: [day: known])
            #expect(more.isWhole(day))
            #expect(more.days[day]?.site.count == 1)
        }
    }

    @Test("tells when the files do not have all that was imported of a day")
    func whole() {
        let file = (0..<40).map { line($0, $0 % 7) }
        let known = ledger(tally([Array(file[..<20]), Array(file[20...])]))
        #expect(tally([file], ledger: known).isWhole(day))
        #expect(tally([Array(file[20...]), Array(file[..<20])], ledger: known).isWhole(day))
        #expect(tally([file, Array(file[20...])], ledger: known).isWhole(day))
        for others in [
            [Array(file[..<20])], [Array(file[20...])], [Array(file[..<19]), Array(file[19...])], [Array(file[5..<15])],
            [Array(file.dropFirst())], [[]],
        ] { #expect(!tally(others, ledger: known).isWhole(day)) }
        #expect(tally([file]).isWhole(day))
        #expect(tally([[line(0, day: 25)]], ledger: known).isWhole(day.advanced(by: 1)))
    }

    @Test("says which days are left out, and why")
    func leftOut() {
        #expect(LogLeftOut().lines.isEmpty)
        #expect(
            LogLeftOut(counted: [day], cut: [0, 1, 7].map { day.advanced(by: $0) }).lines == [
                "1 day is left out, 2026-11-24: the counter has counted then. --all-days adds to them.",
                "3 days are left out, 2026-11-24 to 2026-12-01: parts were imported before, from files that are not "
                    + "here or were cut in another way.\n"
                    + "Give all files that have lines of a day together, or pass --all-days, which may count visits twice.",
            ]
        )
    }

    @Test(
        "knows pages from what they load",
        arguments: [
            ("/", true), ("/a.html", true), ("/v1.2", true), ("/john.doe", true), ("/a.php", true), ("/a%20b", true),
            ("/x.css", false), ("/x.PNG", false), ("/feed.xml", false), ("/robots.txt", false), ("/a.tar.gz", false),
            ("/.well-known/acme", false), ("/count", false), ("/stats", false),
            ("/%63ount", false), ("/cgi-bin/my.cgi/count", false), ("/my.cgi/else", true), ("/my/count", true),
            ("/%zz", false), ("/%00", false),
            ("*", false), ("http://other/", false),
        ]
    )
    func pages(_ target: String, _ isPage: Bool) {
        #expect(tally([[line(0, 1, target)]]).summary.visits == (isPage ? 1 : 0))
    }
}

@Suite("A file of a log")
struct LogFileTests {
    private let line = #"h - - [24/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "Mozilla""#

    private func file(_ content: String, _ body: (_ path: String) throws -> Void) throws {
        let path = "/tmp/headcount-\(UInt64.random(in: .min ... .max)).log"
        try OutputFile.write(content, to: path, mayReplace: false)
        defer { unlink(path) }
        try body(path)
    }

    private func lines(_ log: LogFile) throws -> Int {
        var count = 0
        try log.read { _, _ in
            count += 1
            return true
        }
        return count
    }

    @Test("stays the same when it is rotated while it is read")
    func rotated() throws {
        try file("\(line)\n\(line)\n\(line)") { path in
            let log = try LogFile(path: path)
            try OutputFile.write("", to: path, mayReplace: true)
            #expect(try lines(log) == 2)
            #expect(log.begin == Day(number: 20_781).start.advanced(hours: 10))
        }
    }

    @Test("that is cut short while it is read is not taken for whole")
    func shrinks() throws {
        try file("\(line)\n\(line)\n") { path in
            let log = try LogFile(path: path)
            let failure = #expect(throws: Failure.self) {
                try log.read { _, _ in
                    _ = truncate(path, 0)
                    return true
                }
            }
            #expect(failure?.status == EX_TEMPFAIL)
        }
    }

    @Test("may grow while it is read")
    func grows() throws {
        try file("\(line)\n\(line)") { path in
            let log = try LogFile(path: path)
            let end = open(path, O_WRONLY | O_APPEND)
            defer { close(end) }
            try #require(writeAll("\n\(line)", to: end))
            #expect(try lines(log) == 2)
        }
    }

    @Test("has its place by its first line, the longer of two alike before the shorter")
    func order() throws {
        let later = line.replacing("10:00:00", with: "09:00:00").replacing("+0000", with: "-0200")
        try file("") { empty in
            try file("\(later)\n") { later in
                try file("\(line)\n\(line)\n") { long in
                    try file("nonsense\n\(line)\n\(line)") { short in
                        let logs = try [empty, later, long, short].map { try LogFile(path: $0) }
                        let paths = [long, short, later, empty]
                        #expect(try LogFile.inOrder(logs).map(\.path) == paths)
                        #expect(try LogFile.inOrder(logs.reversed()).map(\.path) == paths)
                    }
                }
            }
        }
    }
}

extension Instant {
    fileprivate func advanced(hours: Int) -> Instant { Instant(milliseconds: milliseconds + hours * 3_600_000) }
}
