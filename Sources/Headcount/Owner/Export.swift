import Crypto
import FoundationEssentials

/// All numbers of a counter as lines of JSON (docs/export-format.md), the same bytes for the same numbers wherever they are
/// kept: a first line that says what it is, a line for the site and for each page, each with a line for each of its days,
/// and a last line by which a file that was cut short or altered is known.
package enum Export {
    package static let version = 1

    static let header = "{\"format\":\"headcount\",\"version\":\(version)}"

    static func line(of page: Page?, total: Tally.Count, before: Tally.Count) -> String {
        "{\"page\":\(name(page)),\(members(total)),\"before\":{\(members(before))}}"
    }

    static func line(of day: Statistics.OfDay, _ page: Page?) -> String {
        "{\"page\":\(name(page)),\"day\":\"\(day.day)\",\(members(day.count))}"
    }

    static func trailer(lines: Int, digest: SHA256Digest) -> String {
        "{\"lines\":\(lines),\"sha256\":\"\(digest.hexadecimal)\"}"
    }

    private static func name(_ page: Page?) -> String { page.map { JSON.string($0.path) } ?? "null" }

    private static func members(_ count: Tally.Count) -> String {
        "\"count\":\(count.count),\"unique\":\(count.unique)"
    }
}

/// Writes an export, history by history, in the order of ``OwnersStore/histories()``.
package struct ExportWriter {
    private let write: (String) throws -> Void
    private var digest = SHA256()
    private var lines = 0

    /// - Parameter write: takes whole lines.
    package init(_ write: @escaping (String) throws -> Void) throws {
        self.write = write
        try put([Export.header])
    }

    package mutating func add(_ history: History) throws {
        let first = Export.line(of: history.page, total: history.total, before: history.before)
        try put([first] + history.days.map { Export.line(of: $0, history.page) })
    }

    package mutating func end() throws {
        try write(Export.trailer(lines: lines, digest: digest.finalize()) + "\n")
    }

    private mutating func put(_ batch: [String]) throws {
        let text = batch.joined(separator: "\n") + "\n"
        digest.update(data: Array(text.utf8))
        lines += batch.count
        try write(text)
    }

    /// An export in memory.
    package static func text(of histories: [History]) throws -> String {
        var text = ""
        try withoutActuallyEscaping({ (lines: String) in text += lines }) { write in
            var writer = try ExportWriter(write)
            for history in histories { try writer.add(history) }
            try writer.end()
        }
        return text
    }
}

extension SHA256Digest {
    /// 64 digits.
    package var hexadecimal: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
