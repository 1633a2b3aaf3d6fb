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
                    day: "\(Day(containing: $0.time))",
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
        "belongs to a day of UTC",
        arguments: [
            ("24/Nov/2026:00:30:00 +0100", "2026-11-23"), ("24/Nov/2026:23:30:00 -0100", "2026-11-25"),
            ("01/Jan/2027:00:00:00 +0530", "2026-12-31"), ("29/Feb/2028:12:00:00 +0000", "2028-02-29"),
        ]
    )
    func days(_ stamp: String, _ day: String) {
        #expect(read("h - - [\(stamp)] \"GET / HTTP/1.0\" 200 1 \"-\" \"-\"")?.day == day)
    }

    @Test(
        "may have quotes and unusual fields",
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
        "with an impossible time is rejected",
        arguments: [
            "00/Nov/2026:10:00:00 +0000", "32/Dec/2026:10:00:00 +0000", "24/Nov/2026:24:00:00 +0000",
            "24/Nov/2026:99:00:00 +0000", "24/Nov/2026:10:75:00 +0000", "24/Nov/2026:10:00:61 +0000",
            "24/Nov/2026:10:00:00 +9999", "24/Nov/2026:10:00:00 +0060", "24/Nov/2026:10:00:00 +1500",
            "24/Nov/0000:10:00:00 +0000", "01/Jan/1970:00:00:00 +0100", "31/Dec/9999:23:30:00 -0100",
            "24/Nov/2026 10:00:00 +0000", "24-Nov-2026:10:00:00 +0000", "24/Nov/2026:10:00:00 00000",
        ]
    )
    func impossibleTimes(_ stamp: String) {
        #expect(read("h - - [\(stamp)] \"GET / HTTP/1.0\" 200 1 \"-\" \"-\"") == nil)
    }

    @Test(
        "may have the last valid second",
        arguments: [
            ("31/Dec/2026:23:59:60 +0000", "2027-01-01"), ("31/Dec/9999:23:59:59 +0000", "9999-12-31"),
            ("01/Jan/1970:14:00:00 +1400", "1970-01-01"), ("31/Jan/2026:10:00:00 +0000", "2026-01-31"),
        ]
    )
    func utmostTimes(_ stamp: String, _ day: String) {
        #expect(read("h - - [\(stamp)] \"GET / HTTP/1.0\" 200 1 \"-\" \"-\"")?.day == day)
    }

    @Test("without a status of three digits is rejected", arguments: ["2/0", "1:d", "20", "2000", "abc"])
    func statuses(_ status: String) {
        #expect(read("h - - [24/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.0\" \(status) 1 \"-\" \"-\"") == nil)
    }

    @Test("may end with CR LF")
    func carriageReturn() {
        let line = #"h - - [24/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "Mozilla""#
        #expect(read(line + "\r") == read(line))
    }

    @Test("in another format, or cut short anywhere, is rejected")
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
        var tally = LogTally(Configuration(), today: day)
        for file in files {
            for var line in file { line.withUTF8 { tally.add($0) } }
            tally.endFile()
        }
        tally.finish { _ in ledger }
        return tally
    }

    private func ledger(_ tally: LogTally) -> [Day: LogLedger] { tally.days.mapValues(\.new) }

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

    @Test("leaves out lines that are dated later than tomorrow")
    func future() {
        let (tomorrow, later) = (line(0, day: 25), line(1, day: 26))
        let summary = tally([[tomorrow, later, line(2, day: 27)]]).summary
        #expect(summary == .init(lines: 3, visits: 1, future: 2, firstInFuture: later))
    }

    @Test("counts a file once that is given twice")
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
            let more = tally([file, part], ledger: ledger(tally([part])))
            #expect(more.days[day]?.isWhole == true)
            let unique = 7 - (tally([part]).days[day]?.site.unique ?? 0)
            #expect(more.days[day]?.site ?? .zero == .init(count: 40 - part.count, unique: unique))
            #expect(more.summary.visits == 40 - part.count)
            #expect(more.summary.imported == 2 * part.count)
        }
        let overlapping = tally([Array(file[..<25]), Array(file[begin...])])
        #expect(overlapping.days[day]?.site.count == (begin > 25 ? 25 + 40 - begin : 40))
    }

    @Test("counts equal lines of one file as separate visits")
    func alikeInOneFile() {
        #expect(tally([[line(1), line(1)], [line(2), line(2)]]).days[day]?.site.count == 4)
    }

    @Test("adds only new visits, wherever the log was cut", arguments: 0...40)
    func grows(_ cut: Int) {
        let file = (0..<40).map { line($0, $0 % 7) }
        let known = ledger(tally([Array(file[..<cut])]))
        let more = tally([file], ledger: known)
        #expect((more.days[day]?.site.count ?? 0) == 40 - cut)
        #expect((more.days[day]?.site.unique ?? 0) == max(0, 7 - cut))
        let all = ledger(more)
        #expect(LogLedger("\(all[day] ?? LogLedger())") == all[day])
        #expect(all == ledger(tally([file])))
        #expect(tally([file], ledger: all).days[day]?.site == .zero)
        #expect(tally([Array(file[..<cut]), Array(file[cut...])], ledger: all).days[day]?.site == .zero)
    }

    @Test("does not confuse a new line with an equal one that was imported")
    func alike() {
        let known = ledger(tally([[line(1)]]))
        #expect(tally([[line(1), line(1), line(1)]], ledger: known).days[day]?.site.count == 2)
    }

    @Test("recognizes a visitor of an earlier import even in a file that is read later")
    func uniqueInAnyOrder() {
        let (older, newer) = ([line(0), line(1, 1, "/a"), line(2, 2)], [line(3), line(4, 2), line(5, 3), line(5, 3)])
        let more = tally([older, newer], ledger: ledger(tally([newer])))
        #expect(more.days[day]?.isWhole == true)
        #expect(more.days[day]?.site == .init(count: 3, unique: 0))
        let pages = more.histories(of: [day]) { _ in true }
        #expect(pages.map { $0.page?.path } == [nil, "/", "/a"])
        #expect(pages.map(\.total.unique) == [0, 0, 1])
    }

    @Test("adds nothing to a day if the files lack some of its imported visits")
    func whole() {
        let file = (0..<40).map { line($0, $0 % 7) }
        let known = ledger(tally([Array(file[..<20]), Array(file[20...])]))
        for cut in [0, 1, 19, 20, 40] {
            let parts = [Array(file[cut...]), Array(file[..<cut])]
            #expect(tally(parts + [[line(45)]], ledger: known).days[day]?.isWhole == true)
            #expect(tally(parts + [[line(45)]], ledger: known).days[day]?.site.count == 1)
        }
        #expect(tally([file, Array(file[20...])], ledger: known).days[day]?.isWhole == true)
        for others in [file[..<20], file[20...], file[5..<15], file.dropFirst()] {
            #expect(tally([Array(others)], ledger: known).days[day]?.isWhole == false)
        }
        #expect(tally([[line(0, day: 25)]], ledger: known).days[day.advanced(by: 1)]?.isWhole == true)
    }

    @Test("finds imported visits in the middle of the log")
    func middle() {
        let file = (0..<40).map { line($0, $0 % 7) }
        let more = tally([file], ledger: ledger(tally([Array(file[10..<30])])))
        #expect(more.days[day]?.site == .init(count: 20, unique: 0))
    }
}
