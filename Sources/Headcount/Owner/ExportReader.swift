import Crypto
import FoundationEssentials

/// Why a file is not imported.
package enum ExportError: Error, Equatable, CustomStringConvertible {
    case notAnExport
    /// The version of its format, which is later than ``Export/version``.
    case newer(Int)
    /// Its last line, with the checksum, is missing.
    case cutShort
    /// Its lines are not those that were written.
    case altered
    /// The checksum is right, but this line, counted from 1, is not one that an export has there.
    case malformed(line: Int)

    package var description: String {
        switch self {
        case .notAnExport: "this is not an export of Headcount's"
        case .newer(let version):
            "the export is of version \(version); install the Headcount that made it, or a later one"
        case .cutShort: "the export is cut short: its last line is missing; export or copy it again"
        case .altered: "the export is damaged: its checksum does not match; export or copy it again"
        case .malformed(let line): "line \(line) is not as an export writes it"
        }
    }
}

/// Reads an export whole, and accepts nothing but what ``ExportWriter`` writes.
package enum ExportReader {
    package static func read(_ bytes: [UInt8]) throws(ExportError) -> [History] {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard let header = lines.first.flatMap(Line.init), header.format == "headcount", let version = header.version
        else { throw .notAnExport }
        guard version <= Export.version else { throw .newer(version) }
        // A complete file ends with a line break.
        guard lines.removeLast().isEmpty, let last = lines.popLast(), let trailer = Line(last), let sum = trailer.sha256
        else { throw .cutShort }
        guard sum == SHA256.hash(data: bytes[..<last.startIndex]).hexadecimal else { throw .altered }

        var histories: [History] = []
        for (index, bytes) in lines.enumerated().dropFirst() {
            guard let line = Line(bytes), line.append(to: &histories) else { throw .malformed(line: index + 1) }
        }
        guard histories.first.map({ $0.page == nil }) == true else { throw .malformed(line: 2) }
        // Totals that do not add up, or what JSON could write otherwise, come out as other bytes.
        guard let written = try? ExportWriter.text(of: histories), written.utf8.elementsEqual(bytes) else {
            throw .altered
        }
        return histories
    }

    private struct Line: Decodable {
        var format: String?
        var version: Int?
        var page: String?
        var day: String?
        var count: Int?
        var unique: Int?
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

        /// - Returns: whether the line has its place there: pages by their bytes, each with its days in order.
        func append(to histories: inout [History]) -> Bool {
            let page = page.flatMap { try? Page(path: $0) }
            guard (page == nil) == (self.page == nil) else { return false }
            guard let day else {
                guard let before, let before = Tally.Count(credible: before.count, before.unique) else { return false }
                if let last = histories.last {
                    guard let page else { return false }
                    if let last = last.page, !last.path.utf8.lexicographicallyPrecedes(page.path.utf8) { return false }
                }
                histories.append(History(page: page, before: before))
                return true
            }
            guard let last = histories.indices.last, histories[last].page == page, let day = Day(day),
                let count, let unique, let count = Tally.Count(credible: count, unique), unique <= count.count,
                histories[last].days.last.map({ $0.day < day }) ?? true
            else { return false }
            histories[last].days.append(.init(day: day, count: count))
            return true
        }
    }
}

extension Tally.Count {
    /// - Returns: `nil` for numbers that no counter has.
    fileprivate init?(credible count: Int, _ unique: Int) {
        guard (0...Self.limit).contains(count), (0...Self.limit).contains(unique) else { return nil }
        self.init(count: count, unique: unique)
    }
}
