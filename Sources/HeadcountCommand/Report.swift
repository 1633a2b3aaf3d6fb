import Headcount

/// Statistics as text for a terminal: totals, a bar for each day, the most visited pages.
struct Report {
    private let statistics: Statistics
    private let hasColour: Bool
    private let width: Int

    init(_ statistics: Statistics, hasColour: Bool, width: Int) {
        self.statistics = statistics
        self.hasColour = hasColour
        self.width = max(40, min(width, 120))
    }

    /// The most pages that are listed.
    private static let pageLimit = 20

    var text: String {
        let since = statistics.since.map { " since \($0)" } ?? ""
        let total = statistics.total
        let numbers = "\(bold(total.count.grouped)) visits, \(bold(total.unique.grouped)) unique"
        var lines = ["\(statistics.page?.path.oneLine ?? "The site"): \(numbers)\(since)", ""] + days
        let leftOut = statistics.days.reduce(LeftOut.zero) { $0 + $1.leftOut }
        if leftOut != .zero { lines += ["", "Not counted in these days: \(leftOut.inWords)"] }
        if statistics.page == nil, !statistics.pages.isEmpty { lines += [""] + pages }
        return lines.joined(separator: "\n") + "\n"
    }

    private var days: [String] {
        let columns = Columns(statistics.days.map(\.count))
        let most = statistics.days.map(\.count.count).max() ?? 0
        // The rest of the line after the date, the numbers and the spaces between them.
        let room = width - "2026-11-24    ".count - columns.heading.count
        return [bold("day         " + columns.heading)]
            + statistics.days.map { day in
                let bar = Self.bar(day.count.count, of: most, width: room)
                let coloured = hasColour ? "\u{1B}[36m\(bar)\u{1B}[0m" : bar
                return "\(day.day)  \(columns.line(day.count))" + (bar.isEmpty ? "" : "  " + coloured)
            }
    }

    private var pages: [String] {
        let shown = statistics.pages.prefix(Self.pageLimit).map { ($0.path, $0.count) }
        let rest = statistics.pages.count - shown.count
        var lines = Self.table(of: shown)
        lines[0] = bold(lines[0])
        return lines + (rest > 0 ? ["and \(rest) more"] : [])
    }

    /// A line of headings, and a line for each page.
    static func table(of pages: [(path: String, count: Tally.Count)]) -> [String] {
        let columns = Columns(pages.map(\.count))
        return [columns.heading + "  page"] + pages.map { "\(columns.line($0.count))  \($0.path.oneLine)" }
    }

    /// A bar in steps of an eighth of a character (Unicode, “Block Elements”); one step for any value above zero.
    static func bar(_ value: Int, of most: Int, width: Int) -> String {
        guard value > 0, most > 0 else { return "" }
        let eighths = max(1, Int((Double(value) / Double(most) * Double(width * 8)).rounded()))
        let tip = ["", "\u{258F}", "\u{258E}", "\u{258D}", "\u{258C}", "\u{258B}", "\u{258A}", "\u{2589}"]
        return String(repeating: "\u{2588}", count: eighths / 8) + tip[eighths % 8]
    }

    private func bold(_ text: String) -> String { hasColour ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

    /// Columns of visits and unique visitors, each as wide as its widest number.
    private struct Columns {
        private let count: Int
        private let unique: Int

        init(_ counts: [Tally.Count]) {
            count = max(6, counts.map(\.count.grouped.count).max() ?? 0)
            unique = max(6, counts.map(\.unique.grouped.count).max() ?? 0)
        }

        var heading: String { "visits".padded(to: count) + "  " + "unique".padded(to: unique) }

        func line(_ counts: Tally.Count) -> String {
            counts.count.grouped.padded(to: count) + "  " + counts.unique.grouped.padded(to: unique)
        }
    }
}
