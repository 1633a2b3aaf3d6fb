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
    ///   - found: what was read, with a noun and what follows it.
    ///   - leftOut: what of it is not counted; kinds without any are not shown.
    ///   - hint: how to count what was left out, if it can be.
    static func showLines(
        found: [(count: Int, noun: String, text: String)],
        leftOut: [(lines: LeftOutLines, text: String)],
        hint: String = ""
    ) {
        let leftOut = leftOut.filter { $0.lines.count > 0 }
        let width = (found.map(\.count) + leftOut.map(\.lines.count)).map(\.grouped.count).max() ?? 0
        let textWidth = leftOut.map(\.text.count).max() ?? 0
        func show(_ count: Int, _ text: String) { print("  \(count.grouped.padded(to: width))  \(text)") }
        for (count, noun, text) in found { show(count, count.plural(of: noun) + text) }
        if !leftOut.isEmpty { print("\nNot counted, with an example of each\(hint):") }
        for (lines, text) in leftOut {
            let space = String(repeating: " ", count: textWidth - text.count)
            show(lines.count, "\(text)\(space)  \(lines.example.oneLine.prefix(80))")
        }
    }

    /// - Parameters:
    ///   - additions: of the site, then of its pages, the most visited first.
    ///   - pagesBeyondLimit: how many pages are left out because of `HEADCOUNT_MAX_PAGES`.
    static func showAdditions(_ additions: [History], pagesBeyondLimit: Int) {
        let (site, pages) = (additions[0], additions.dropFirst())
        guard let first = site.days.first?.day, let last = site.days.last?.day else {
            return print("\nTo add: nothing.")
        }
        let days = first == last ? "\(first)" : "\(site.days.count.of("day")) from \(first) to \(last)"
        print("\nTo add: \(site.total.inWords) on \(days), \(pages.count.of("page")).")
        let most = pages.prefix(pageLimit).compactMap { history in history.page.map { ($0.path, history.total) } }
        for line in Report.table(of: most) { print(line) }
        if pages.count > most.count { print("and \((pages.count - most.count).of("more page"))") }
        if pagesBeyondLimit > 0 {
            print("\nVisits of \(pagesBeyondLimit.of("page")) beyond HEADCOUNT_MAX_PAGES are added to the site only.")
        }
        print("")
    }

    /// Prints which days are left out, and why.
    static func showLeftOut(_ days: [DayVerdict: [Day]]) {
        for verdict in DayVerdict.allCases where verdict != .added {
            guard let days = days[verdict], let first = days.first, let last = days.last else { continue }
            let range = first == last ? "\(first)" : "\(first) to \(last)"
            print("\n\(days.count.of("day")) \(days.count == 1 ? "is" : "are") left out, \(range): \(verdict.rawValue)")
        }
    }
}

/// Whether an import adds to a day, or why it does not.
enum DayVerdict: String, CaseIterable {
    case added
    case imported = "imported from this file before."
    case counted = "the counter has visits then already. --all-days adds to them."
    case before = "the total has visits from before its days, which may be these. --all-days adds them."
    case incomplete = """
        parts were imported before, from files that are not here, in another order or with other settings.
        Pass all files that have lines of a day, and if several grow at once, wait until it is over.
        --all-days adds the rest, but may count visits twice.
        """
}
