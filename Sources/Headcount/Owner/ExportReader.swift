import Crypto
import FoundationEssentials

/// A line that does not belong into an export, counted from 1.
package struct ExportError: Error, Equatable, CustomStringConvertible {
    package var line: Int
    package var reason: String

    package var description: String { "line \(line): \(reason)" }
}

/// Reads an export whole, and accepts nothing but the bytes that ``ExportWriter`` writes for what it has read.
package struct ExportReader {
    private var histories: [History] = []
    /// Where the line of the last history stands, and what it says is its total.
    private var opened: (line: Int, total: Tally.Count) = (0, .zero)
    private var isEnded = false
    private let decoder = JSONDecoder()

    package static func read(_ bytes: [UInt8]) throws(ExportError) -> [History] {
        var reader = ExportReader()
        var number = 0
        var start = bytes.startIndex
        while start < bytes.endIndex {
            number += 1
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
            let line = bytes[start..<(end ?? bytes.endIndex)]
            guard end != nil else {
                throw ExportError(line: number, reason: number == 1 ? notAnExport : "the file ends within this line")
            }
            try reader.read(line, number, after: bytes[..<start])
            start = line.endIndex + 1
        }
        guard number > 0 else { throw ExportError(line: 1, reason: "the file is empty") }
        guard reader.isEnded else {
            throw ExportError(
                line: number,
                reason: "the file ends after this line, without its last line: it is cut short"
            )
        }
        return reader.histories
    }

    private static let notAnExport = "this is no export of Headcount's"

    private struct Line: Decodable {
        var format: String?
        var version: Int?
        var page: String?
        var day: String?
        var count: Int?
        var unique: Int?
        var before: Numbers?
        var lines: Int?
        var sha256: String?

        struct Numbers: Decodable {
            var count: Int
            var unique: Int
        }
    }

    private mutating func read(
        _ bytes: ArraySlice<UInt8>,
        _ number: Int,
        after earlier: ArraySlice<UInt8>
    ) throws(ExportError) {
        func refuse(_ reason: String) -> ExportError { ExportError(line: number, reason: reason) }
        guard !isEnded else { throw refuse("nothing may stand behind the last line of an export") }
        guard let text = String(validating: bytes, as: UTF8.self),
            let line = try? decoder.decode(Line.self, from: Data(bytes))
        else { throw refuse(number == 1 ? Self.notAnExport : "this is damaged: no line of JSON as an export has it") }

        let written: String
        if number == 1 {
            guard line.format == "headcount", let version = line.version else { throw refuse(Self.notAnExport) }
            guard version <= Export.version else {
                throw refuse("the export is of version \(version); install the Headcount that made it, or a later one")
            }
            written = Export.header
        } else if let lines = line.lines {
            try close()
            guard lines == number - 1 else {
                throw refuse("the export had \(lines) lines before this one, and has \(number - 1)")
            }
            let digest = SHA256.hash(data: Data(earlier))
            guard line.sha256 == digest.hexadecimal else {
                throw refuse("the lines before this one are not those that were exported")
            }
            guard !histories.isEmpty else { throw refuse("the numbers of the site are missing") }
            written = Export.trailer(lines: lines, digest: digest)
            isEnded = true
        } else {
            let page = try page(line, refuse)
            guard let count = line.count, let unique = line.unique, (0...Tally.Count.limit).contains(count),
                unique >= 0,
                unique <= count
            else { throw refuse("this is damaged: no visits, or more visitors than visits") }
            let numbers = Tally.Count(count: count, unique: unique)
            if let text = line.day {
                guard let day = Day(text), count > 0 else { throw refuse("this is damaged: no day with visits") }
                let ofDay = Statistics.OfDay(day: day, count: numbers)
                try append(ofDay, page, refuse)
                written = Export.line(of: ofDay, page)
            } else {
                try close()
                try open(line, page, numbers, number, refuse)
                written = Export.line(of: page, total: numbers, before: histories[histories.count - 1].before)
            }
        }
        guard text.utf8.elementsEqual(written.utf8) else { throw refuse("this is not as an export writes it") }
    }

    private func page(_ line: Line, _ refuse: (String) -> ExportError) throws(ExportError) -> Page? {
        guard let path = line.page else { return nil }
        guard let page = try? Page(path: path), page.path.utf8.elementsEqual(path.utf8) else {
            throw refuse("this is damaged: no path of a page")
        }
        return page
    }

    private mutating func open(
        _ line: Line,
        _ page: Page?,
        _ total: Tally.Count,
        _ number: Int,
        _ refuse: (String) -> ExportError
    ) throws(ExportError) {
        guard let before = line.before, (0...Tally.Count.limit).contains(before.count),
            (0...Tally.Count.limit).contains(before.unique)
        else { throw refuse("this is damaged: nothing that came before the days") }
        guard (page == nil) == histories.isEmpty else { throw refuse("the site comes first, and once") }
        if let page, let last = histories.last?.page,
            !last.path.utf8.lexicographicallyPrecedes(page.path.utf8)
        {
            throw refuse("the page is not in its place, behind \(last.path)")
        }
        histories.append(History(page: page, before: .init(count: before.count, unique: before.unique)))
        opened = (number, total)
    }

    private mutating func append(
        _ day: Statistics.OfDay,
        _ page: Page?,
        _ refuse: (String) -> ExportError
    ) throws(ExportError) {
        guard !histories.isEmpty, histories[histories.count - 1].page == page else {
            throw refuse("the day is not in its place, behind its page")
        }
        if let last = histories[histories.count - 1].days.last, last.day >= day.day {
            throw refuse("the day is not in its place, behind \(last.day)")
        }
        histories[histories.count - 1].days.append(day)
    }

    /// Looks whether what the last history came to is what it said.
    private func close() throws(ExportError) {
        guard let last = histories.last, last.total != opened.total else { return }
        throw ExportError(
            line: opened.line,
            reason: "this total is not what its days and what came before them add up to"
        )
    }
}
