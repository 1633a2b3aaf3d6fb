import Crypto
import Headcount
import Testing

@testable import HeadcountCommand

@Suite("An export")
struct ExportTests {
    private let day = Day(number: 20_781)

    private func histories() throws -> [History] {
        [
            History(
                page: nil,
                before: .init(count: 100, unique: 40),
                days: [
                    .init(day: day.advanced(by: -2), leftOut: .init(ignored: 4)),
                    .init(day: day.advanced(by: -1), count: .init(count: 10, unique: 7)),
                    .init(day: day, count: .init(count: 20, unique: 5), leftOut: .init(crawlers: 312, prefetches: 4)),
                ]
            ),
            History(page: try Page(path: "/\"\\\u{2028}é"), days: [today(3, 0)]),
            History(page: try Page(path: "/blog"), before: .init(count: 2, unique: 2), days: [today(12, 9)]),
        ]
    }

    private func today(_ count: Int, _ unique: Int) -> Statistics.DayCount {
        .init(day: day, count: .init(count: count, unique: unique))
    }

    private func read(_ text: String) throws(ExportError) -> [History] { try ExportReader.read(Array(text.utf8)) }

    @Test("is read back as it was written")
    func roundTrip() throws {
        let text = Export.text(of: try histories())
        #expect(try read(text) == histories())
        #expect(Export.text(of: try read(text)) == text)
        #expect(text.split(separator: "\n").first == #"{"format":"headcount","version":1}"#)
        #expect(text.contains(#"{"page":null,"count":130,"unique":52,"before":{"count":100,"unique":40}}"#))
        #expect(text.contains(#"{"page":"/blog","day":"2026-11-24","count":12,"unique":9}"#))
        #expect(
            text.contains(
                #"{"page":null,"day":"2026-11-24","count":20,"unique":5,"crawlers":312,"prefetches":4,"ignored":0}"#
            )
        )
    }

    @Test("is refused with any byte changed")
    func everyByte() throws {
        let bytes = Array(Export.text(of: try histories()).utf8)
        for index in bytes.indices {
            for change in [0x01, 0x20, 0x80] as [UInt8] {
                var damaged = bytes
                damaged[index] ^= change
                #expect(throws: ExportError.self, "byte \(index)") { try ExportReader.read(damaged) }
            }
        }
    }

    @Test("is refused when cut short anywhere")
    func everyLength() throws {
        let bytes = Array(Export.text(of: try histories()).utf8)
        let errors = try bytes.indices.map { length in
            try #require(#expect(throws: ExportError.self) { try ExportReader.read(Array(bytes[..<length])) })
        }
        #expect(Set(errors.map(\.description)).count == 2)
        #expect(errors.first == .notAnExport && errors.last == .cutShort)
    }

    /// Replaces the checksum by one that matches the lines.
    private func signed(_ text: String) -> [UInt8] {
        let lines = text.split(separator: "\n").dropLast()
        let body = lines.joined(separator: "\n") + "\n"
        let digest = SHA256.hash(data: Array(body.utf8)).hexadecimal
        return Array((body + "{\"lines\":\(lines.count),\"sha256\":\"\(digest)\"}\n").utf8)
    }

    @Test(
        "written by hand is refused where it is not valid",
        arguments: [
            (#""page":"/blog","day""#, #""page":"/blig","day""#, ExportError.malformed(line: 9)),
            (#""before":{"count":100,"#, #""before":{"count":101,"#, .altered),
            (#""day":"2026-11-23","count":10"#, #""day":"2026-11-25","count":10"#, .malformed(line: 5)),
            (#""count":12,"unique":9}"#, #""count":12,"unique":13}"#, .malformed(line: 9)),
            (#""crawlers":312"#, #""crawlers":-1"#, .malformed(line: 5)),
            (#""count":12,"unique":9}"#, #""count":12,"unique":9,"ignored":1}"#, .malformed(line: 9)),
            (#""version":1"#, #""version":9"#, .newer(9)),
            (#"{"page":"/blog","count""#, #"{"page":"blog","count""#, .malformed(line: 8)),
            (#"{"page":"/blog","count""#, #"{"page":"/","count""#, .malformed(line: 8)),
            (#"{"page":null,"count""#, #"{"page":"/","count""#, .malformed(line: 3)),
        ]
    )
    func byHand(_ old: String, _ new: String, _ expected: ExportError) throws {
        let text = Export.text(of: try histories())
        #expect(try ExportReader.read(signed(text)) == histories())
        let changed = text.replacing(old, with: new)
        #expect(changed != text)
        #expect(throws: expected) { try ExportReader.read(signed(changed)) }
    }

    @Test("has a difference that turns one history into another")
    func difference() throws {
        let (old, new) = (
            try histories()[0], History(page: nil, before: .init(count: 1, unique: 1), days: [today(1, 1)])
        )
        let difference = new.difference(from: old)
        #expect(difference.before == .init(count: -99, unique: -39))
        #expect(
            difference.days.map(\.count) == [.zero, .init(count: -10, unique: -7), .init(count: -19, unique: -4)]
        )
        #expect(
            difference.days.map(\.leftOut) == [.init(ignored: -4), .zero, .init(crawlers: -312, prefetches: -4)]
        )
        #expect(new.difference(from: new).isEmpty)
    }
}
