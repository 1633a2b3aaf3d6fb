import Headcount

/// A page view or an event in GoatCounter's CSV export (GoatCounter's help, “CSV format”).
struct GoatCounterRow: Equatable {
    /// The path with its query, or the name of the event.
    var path: String
    var isEvent: Bool
    /// `nil` if the site did not collect sessions.
    var session: ArraySlice<UInt8>?
    var isBot: Bool
    /// Whether it is the session's first view of this path, which GoatCounter's dashboard counts.
    var isFirstVisit: Bool
    var day: Day

    static let version = 2
    /// The names in the first line, the first of which comes after the version.
    static let columns = [
        "Path", "Title", "Event", "UserAgent", "Browser", "System", "Session", "Bot", "Referrer", "Referrer scheme",
        "Screen size", "Location", "FirstVisit", "Date",
    ]

    init(_ record: CSVReader.Record) throws(GoatCounterError) {
        func invalid(_ reason: String) -> GoatCounterError { .malformed(line: record.line, reason) }
        guard record.count == Self.columns.count else {
            throw invalid("expected \(Self.columns.count) fields, found \(record.count)")
        }
        func text(_ field: Int) -> String { String(decoding: record[field], as: UTF8.self) }
        func flag(_ field: Int) throws(GoatCounterError) -> Bool {
            switch text(field) {
            case "1", "true": return true
            case "0", "false": return false
            case let other: throw invalid("\(Self.columns[field]) must be 0 or 1, not “\(other)”")
            }
        }
        path = text(0)
        isEvent = try flag(2)
        // A UUID in two hexadecimal halves.
        let session = record[6]
        self.session = session.allSatisfy { [UInt8(ascii: "0"), UInt8(ascii: "-")].contains($0) } ? nil : session
        guard let bot = Int(text(7)) else { throw invalid("Bot must be a number, not “\(text(7))”") }
        isBot = bot != 0
        isFirstVisit = try flag(12)
        guard let time = record[13].withUnsafeBufferPointer(LogTime.iso8601) else {
            throw invalid("Date must be a time such as 2026-11-24T10:00:00Z, not “\(text(13))”")
        }
        day = Day(containing: time)
    }

    /// Checks the first line.
    static func check(header: CSVReader.Record) throws(GoatCounterError) {
        let names = (0..<header.count).map { String(decoding: header[$0], as: UTF8.self) }
        let digits = names[0].prefix { $0.isASCII && $0.isNumber }
        guard names[0].dropFirst(digits.count) == columns[0], let version = Int(digits) else {
            throw .notAnExport
        }
        guard version == Self.version else { throw .otherVersion(version) }
        guard names.dropFirst() == columns.dropFirst() else { throw .notAnExport }
    }
}

/// Why a file can't be imported as GoatCounter's CSV export.
enum GoatCounterError: Error, Equatable, CustomStringConvertible {
    case notAnExport
    case zip
    case otherVersion(Int)
    case cutShort
    case malformed(line: Int, String)

    var description: String {
        let version = GoatCounterRow.version
        return switch self {
        case .notAnExport:
            "this is not GoatCounter's CSV export, whose first line is \(version)\(GoatCounterRow.columns.joined(separator: ","))"
        case .zip:
            "this is a ZIP file, such as GoatCounter's JSON export; export to CSV there, which gives a .csv.gz file"
        case .otherVersion(let other) where other < version:
            "the export has version \(other) of GoatCounter's format, expected \(version); export it again with GoatCounter 2"
        case .otherVersion(let other):
            "the export has version \(other) of GoatCounter's format, expected \(version); install a later Headcount"
        case .cutShort: "the export is cut short; download or copy it again"
        case .malformed(let line, let reason): "line \(line): \(reason)"
        }
    }
}
