import Foundation
import Headcount

/// Statistics for a person at a terminal: totals, a bar for each day, the most visited pages.
struct Report {
    private let statistics: Statistics
    private let page: Page?
    private let hasColour: Bool
    private let width: Int

    init(_ statistics: Statistics, page: Page?, _ terminal: Terminal) {
        self.init(statistics, page: page, hasColour: terminal.hasColour, width: terminal.width)
    }

    init(_ statistics: Statistics, page: Page?, hasColour: Bool, width: Int) {
        self.statistics = statistics
        self.page = page
        self.hasColour = hasColour
        self.width = max(40, min(width, 120))
    }

    /// Pages that are listed, of those that there are.
    private static let pageLimit = 20

    var text: String {
        var lines = [heading, ""] + days
        if page == nil, !statistics.pages.isEmpty { lines += [""] + pages }
        return lines.joined(separator: "\n") + "\n"
    }

    private var heading: String {
        let subject = page.map { $0.path.oneLine } ?? "The site"
        let since = statistics.since.map { " since \($0)" } ?? ""
        return "\(subject): \(emphasised(statistics.total.count.grouped)) visits, "
            + "\(emphasised(statistics.total.unique.grouped)) unique\(since)"
    }

    private var days: [String] {
        let most = statistics.days.map(\.count.count).max() ?? 0
        let counts = Columns(statistics.days.map(\.count))
        // What is left beside the date, the numbers and the spaces between.
        let room = width - 10 - counts.width - 4
        return [emphasised("day       " + "  " + counts.heading)]
            + statistics.days.map { day in
                let bar = Self.bar(day.count.count, of: most, width: room)
                return "\(day.day)  \(counts.line(day.count))" + (bar.isEmpty ? "" : "  " + coloured(bar))
            }
    }

    private var pages: [String] {
        let shown = statistics.pages.prefix(Self.pageLimit)
        let counts = Columns(shown.map(\.count))
        let rest = statistics.pages.count - shown.count
        return [emphasised(counts.heading + "  page")]
            + shown.map { "\(counts.line($0.count))  \($0.path.oneLine)" }
            + (rest > 0 ? ["and \(rest) more"] : [])
    }

    /// A bar of eighths of a character (Unicode, “Block Elements”); at least one for anything at all.
    static func bar(_ value: Int, of most: Int, width: Int) -> String {
        guard value > 0, most > 0 else { return "" }
        let eighths = max(1, Int((Double(value) / Double(most) * Double(width * 8)).rounded()))
        let rest = eighths % 8
        let tip = rest == 0 ? "" : String(Unicode.Scalar(UInt32(0x2590 - rest)).map(Character.init) ?? " ")
        return String(repeating: "\u{2588}", count: eighths / 8) + tip
    }

    private func emphasised(_ text: String) -> String { hasColour ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
    private func coloured(_ text: String) -> String { hasColour ? "\u{1B}[36m\(text)\u{1B}[0m" : text }

    /// Two columns of numbers, each as wide as its widest.
    private struct Columns {
        private let widths: (count: Int, unique: Int)

        init(_ counts: [Tally.Count]) {
            widths = (
                max(6, counts.map(\.count.grouped.count).max() ?? 0),
                max(6, counts.map(\.unique.grouped.count).max() ?? 0)
            )
        }

        var width: Int { widths.count + 2 + widths.unique }
        var heading: String { line("visits", "unique") }
        func line(_ count: Tally.Count) -> String { line(count.count.grouped, count.unique.grouped) }

        private func line(_ count: String, _ unique: String) -> String {
            Self.right(count, widths.count) + "  " + Self.right(unique, widths.unique)
        }

        private static func right(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
    }
}
