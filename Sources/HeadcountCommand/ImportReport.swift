import Headcount

/// Lines of one kind that an import leaves out, and the first of them.
struct LeftOutLines: Equatable {
    private(set) var count = 0
    private(set) var example = ""

    mutating func add(_ example: @autoclosure () -> String, count added: Int = 1) {
        if count == 0 { self.example = example() }
        count += added
    }
}

/// What the imports of logs and exports print, for the owner to check.
enum ImportReport {
    /// The most pages that are listed.
    private static let pageLimit = 10

    /// - Parameters:
    ///   - found: what was read.
    ///   - leftOut: what of it is not counted; kinds without any are not shown.
    ///   - hint: how to count what was left out, if it can be.
    static func show(
        found: [(count: Int, text: String)],
        leftOut: [(lines: LeftOutLines, text: String)],
        hint: String = ""
    ) {
        let leftOut = leftOut.filter { $0.lines.count > 0 }
        let width = (found.map(\.count) + leftOut.map(\.lines.count)).map(\.grouped.count).max() ?? 0
        let textWidth = leftOut.map(\.text.count).max() ?? 0
        func show(_ count: Int, _ text: String) { print("  \(count.grouped.padded(to: width))  \(text)") }
        for (count, text) in found { show(count, text) }
        if !leftOut.isEmpty { print("\nNot counted, with the first of each\(hint):") }
        for (lines, text) in leftOut {
            let space = String(repeating: " ", count: textWidth - text.count)
            show(lines.count, "\(text)\(space)  \(lines.example.oneLine.prefix(80))")
        }
    }

    /// - Parameter additions: of the site, then of its pages, the most visited first.
    static func show(additions: [History]) {
        let (site, pages) = (additions[0], additions.dropFirst())
        guard let first = site.days.first?.day, let last = site.days.last?.day else {
            return print("\nTo add: nothing.")
        }
        let days = first == last ? "\(first)" : "\(site.days.count.of("day")) from \(first) to \(last)"
        print("\nTo add: \(site.total.inWords) on \(days), \(pages.count.of("page")).")
        let most = pages.prefix(pageLimit).compactMap { history in history.page.map { ($0.path, history.total) } }
        for line in Report.table(of: most) { print(line) }
        if pages.count > most.count { print("and \((pages.count - most.count).of("more page"))") }
        print("")
    }

    /// Prints which days are left out, and why.
    static func show(leftOut days: [Day], _ reason: String) {
        guard let first = days.first, let last = days.last else { return }
        let range = first == last ? "\(first)" : "\(first) to \(last)"
        print("\n\(days.count.of("day")) \(days.count == 1 ? "is" : "are") left out, \(range): \(reason)")
    }
}
