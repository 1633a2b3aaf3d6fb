import Crypto
import FoundationEssentials
import Headcount

/// Why an export can't be imported.
package enum ExportError: Error, Equatable, CustomStringConvertible {
    case notAnExport
    /// The format's version, which is later than ``Export/version``.
    case newer(Int)
    /// The last line, with the checksum, is missing.
    case cutShort
    /// The checksum does not match, or the totals do not.
    case altered
    /// The checksum matches, but this line, counted from 1, is invalid at its place.
    case malformed(line: Int)

    package var description: String {
        switch self {
        case .notAnExport: "this is not an export of Headcount"
        case .newer(let version):
            "the export has version \(version) of the format; install the Headcount that made it, or a later one"
        case .cutShort: "the export is cut short: its last line is missing; export or copy it again"
        case .altered: "the export is damaged: its checksum does not match; export or copy it again"
        case .malformed(let line): "line \(line) is not valid in an export"
        }
    }
}

/// Reads a whole export. Accepts only the bytes that ``Export`` writes.
package enum ExportReader {
    package static func read(_ bytes: [UInt8]) throws(ExportError) -> [History] {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard let header = lines.first.flatMap(Line.init), header.format == "headcount", let version = header.version
        else { throw .notAnExport }
        guard version <= Export.version else { throw .newer(version) }
        // A complete file ends with a line feed.
        guard lines.removeLast().isEmpty, let last = lines.popLast(), let trailer = Line(last), let sum = trailer.sha256
        else { throw .cutShort }
        guard sum == SHA256.hash(data: bytes[..<last.startIndex]).hexadecimal else { throw .altered }

        var histories: [History] = []
        for (index, bytes) in lines.enumerated().dropFirst() {
            guard let line = Line(bytes), line.append(to: &histories) else { throw .malformed(line: index + 1) }
        }
        guard histories.first.map({ $0.page == nil }) == true else { throw .malformed(line: 2) }
        // Detects wrong totals, and JSON that is written in another way.
        guard Export.text(of: histories).utf8.elementsEqual(bytes) else { throw .altered }
        return histories
    }

    private struct Line: Decodable {
        var format: String?
        var version: Int?
        var page: String?
        var day: String?
        var count: Int?
        var unique: Int?
        var crawlers: Int?
        var prefetches: Int?
        var ignored: Int?
        var before: Numbers?
        var sha256: String?

        struct Numbers: Decodable {
            var count: Int
            var unique: Int
        }

        init?(_ bytes: ArraySlice<UInt8>) {
            guard let line = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
            self = line
        }

        /// - Returns: `false` if the line is out of order: the site comes first, pages are ordered by their bytes, and each
        ///   is followed by its days in order.
        func append(to histories: inout [History]) -> Bool {
            let page = page.flatMap { try? Page(path: $0) }
            guard (page == nil) == (self.page == nil) else { return false }
            guard let day else {
                guard let before else { return false }
                let count = Tally.Count(count: before.count, unique: before.unique)
                guard count.isWithinLimit else { return false }
                if let last = histories.last {
                    guard let page else { return false }
                    if let last = last.page, !last.path.utf8.lexicographicallyPrecedes(page.path.utf8) { return false }
                }
                histories.append(History(page: page, before: count))
                return true
            }
            guard let last = histories.indices.last, histories[last].page == page, let day = Day(day), let count,
                let unique, unique <= count, histories[last].days.last.map({ $0.day < day }) ?? true
            else { return false }
            let dayCount = Statistics.DayCount(
                day: day,
                count: Tally.Count(count: count, unique: unique),
                leftOut: LeftOut(crawlers: crawlers ?? 0, prefetches: prefetches ?? 0, ignored: ignored ?? 0)
            )
            guard page == nil || dayCount.leftOut == .zero else { return false }
            guard dayCount.count.isWithinLimit, dayCount.leftOut.isWithin(Tally.Count.limit) else { return false }
            histories[last].days.append(dayCount)
            return true
        }
    }
}
