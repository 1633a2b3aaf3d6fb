import Headcount
import Testing

@testable import HeadcountCommand

@Suite("A tally of logs")
struct LogTallyTests {
    private func line(_ second: Int, _ address: Int = 1, _ target: String = "/", day: Int = 24) -> String {
        let time = "\(day)/Nov/2026:10:\(10 + second / 60):\(10 + second % 50) +0000"
        return #"192.0.2.\#(address) - - [\#(time)] "GET \#(target) HTTP/1.1" 200 \#(second) "-" "Mozilla/5.0 Gecko""#
    }

    private let recognised: [any LogFormat]

    init() throws {
        recognised = try LogFormats.recognised()
    }

    /// Reads files one after the other.
    private func tally(_ files: [[String]], ledger: [Day: LogLedger] = [:]) -> LogTally {
        var tally = LogTally(Configuration(), today: day, pages: LogPages(Configuration()))
        for file in files {
            var reader = LogReader(nil, recognised: recognised)
            for var line in file { line.withUTF8 { reader.read($0) { tally.add($0) } } }
            tally.endFile(reader, unfinished: nil)
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
        let histories = tally.histories(of: [day])
        #expect(histories.map { $0.page?.path } == [nil, "/", "/a"])
        #expect(
            histories.map(\.total) == [
                .init(count: 5, unique: 2), .init(count: 4, unique: 2), .init(count: 1, unique: 1),
            ]
        )
    }

    @Test("leaves out lines that are dated later than tomorrow")
    func future() {
        let summary = tally([[line(0, day: 25), line(1, 1, "/a", day: 26), line(2, day: 27)]]).summary
        #expect(summary.visits == 1)
        #expect(summary[.future].count == 2)
        #expect(summary[.future].example == "2026-11-26 /a")
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
            #expect(more.summary.visits - more.summary.imported == 40 - part.count)
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

    @Test("recognises a visitor of an earlier import even in a file that is read later")
    func uniqueInAnyOrder() {
        let (older, newer) = ([line(0), line(1, 1, "/a"), line(2, 2)], [line(3), line(4, 2), line(5, 3), line(5, 3)])
        let more = tally([older, newer], ledger: ledger(tally([newer])))
        #expect(more.days[day]?.isWhole == true)
        #expect(more.days[day]?.site == .init(count: 3, unique: 0))
        let pages = more.histories(of: [day])
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
