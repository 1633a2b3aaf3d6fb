import Headcount
import Testing

@testable import HeadcountCommand

/// The records in a text, each with its line and its fields.
private func records(_ text: String) throws -> [CSVReader.Record] {
    var reader = CSVReader()
    return try text.utf8.compactMap { try reader.add($0) ? reader.record : nil }
}

private func fields(_ record: CSVReader.Record) -> [String] {
    (0..<record.count).map { String(decoding: record[$0], as: UTF8.self) }
}

@Suite("Comma-separated values")
struct CSVReaderTests {
    @Test(
        "are read",
        arguments: [
            ("a,b\nc,d\n", [["a", "b"], ["c", "d"]]),
            ("a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]),
            ("\n\r\na,\n\n,\n", [["a", ""], ["", ""]]),
            ("\"a\",\"b,c\"\n", [["a", "b,c"]]),
            ("\"say \"\"hi\"\"\",\"\"\"\"\n", [["say \"hi\"", "\""]]),
            ("\"a\nb\r\nc\",d\n", [["a\nb\r\nc", "d"]]),
            ("\"\",\"\"\r\n", [["", ""]]),
            (" a , é\n", [[" a ", " é"]]),
        ]
    )
    func read(_ text: String, _ expected: [[String]]) throws {
        #expect(try records(text).map(fields) == expected)
    }

    @Test("know the line on which a record begins")
    func lines() throws {
        #expect(try records("a\n\n\"b\n\nc\"\nd\n").map(\.line) == [1, 3, 6])
    }

    @Test("with a quote or a carriage return in the wrong place are rejected", arguments: ["a\"b", "\"a\"b", "a\rb"])
    func malformed(_ text: String) {
        #expect(throws: CSVReader.Malformed.self) { try records(text + "\n") }
    }

    @Test("that end within a record are recognised", arguments: ["a", "a\nb", "a,", "\"a\n", "\"a\"", "a\r"])
    func cutShort(_ text: String) throws {
        var reader = CSVReader()
        for byte in text.utf8 { _ = try reader.add(byte) }
        #expect(reader.isWithinRecord)
        reader = CSVReader()
        for byte in "a\n".utf8 { _ = try reader.add(byte) }
        #expect(!reader.isWithinRecord)
    }
}

@Suite("A row of GoatCounter's export")
struct GoatCounterRowTests {
    private func row(
        event: String = "0",
        session: String = "2f1d3a90c4b84e11-9a6b7c8d9e0f1a2b",
        bot: String = "0",
        first: String = "1",
        date: String = "2026-10-01T10:00:00Z"
    ) throws -> GoatCounterRow {
        let text =
            #"/a?b=c,"A, “b”",\#(event),,Firefox 140,Linux,\#(session),\#(bot),,,"1920,0,1",DE,\#(first),\#(date)"#
        return try GoatCounterRow(records(text + "\n")[0])
    }

    @Test("is read")
    func plain() throws {
        let row = try row()
        #expect(row.path == "/a?b=c" && "\(row.day)" == "2026-10-01" && row.isFirstVisit)
        #expect(!row.isEvent && !row.isBot)
        #expect(row.session?.count == 33)
    }

    @Test("is an event, a bot or a repeated view by its flags")
    func flags() throws {
        #expect(try row(event: "1").isEvent && row(event: "true").isEvent && !row(event: "false").isEvent)
        #expect(try row(bot: "5").isBot)
        #expect(try !row(first: "0").isFirstVisit)
    }

    @Test("has no session if none was collected", arguments: ["0-0", ""])
    func noSession(_ session: String) throws {
        #expect(try row(session: session).session == nil)
    }

    @Test(
        "belongs to a day of UTC",
        arguments: [
            ("2026-10-01T23:59:59Z", "2026-10-01"), ("2026-10-01T10:00:00.123Z", "2026-10-01"),
            ("2026-10-01T00:30:00+01:00", "2026-09-30"), ("2026-12-31T23:30:00-00:30", "2027-01-01"),
            ("2026-10-01T23:59:00+00:00", "2026-10-01"),
        ]
    )
    func days(_ date: String, _ day: String) throws {
        #expect(try "\(row(date: date).day)" == day)
    }

    @Test(
        "with another date is rejected",
        arguments: [
            "", "2026-10-01", "2026-10-01 10:00:00", "2026-13-01T10:00:00Z", "2026-10-01T24:00:00Z",
            "2026-10-01T10:00:00", "2026-10-01T10:00:00Zz", "01.10.2026 10:00:00 Z",
        ]
    )
    func invalidDate(_ date: String) {
        let reason = "Date must be a time such as 2026-11-24T10:00:00Z, not “\(date)”"
        #expect(throws: GoatCounterError.malformed(line: 1, reason)) { try row(date: date) }
    }

    @Test("with another value or number of fields is rejected")
    func invalid() {
        #expect(throws: GoatCounterError.malformed(line: 1, "Event must be 0 or 1, not “x”")) { try row(event: "x") }
        #expect(throws: GoatCounterError.malformed(line: 1, "Bot must be a number, not “”")) { try row(bot: "") }
        #expect(throws: GoatCounterError.malformed(line: 1, "expected 14 fields, found 15")) { try row(first: "1,") }
    }

    private static let header = GoatCounterRow.columns.joined(separator: ",") + "\n"

    @Test("follows a header of its version")
    func header() throws {
        try GoatCounterRow.check(header: records("2" + Self.header)[0])
        for (text, error) in [
            ("3" + Self.header, GoatCounterError.otherVersion(3)), ("1Path,Title\n", .otherVersion(1)),
            (Self.header, .notAnExport), ("2" + Self.header.replacing("Bot", with: "Robot"), .notAnExport),
            ("path,count\n", .notAnExport),
        ] {
            #expect(throws: error) { try GoatCounterRow.check(header: records(text)[0]) }
        }
    }
}
