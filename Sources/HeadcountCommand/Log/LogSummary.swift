import Headcount

/// What was found in logs, and what was left out.
struct LogSummary {
    /// Why a line is not a visit.
    enum Reason: Int, CaseIterable {
        case status, method, noPage, counter, crawler, ignored, future

        fileprivate var text: String {
            switch self {
            case .status: "not answered with 200 or 304"
            case .method: "not GET"
            case .noPage: "not for a page"
            case .counter: "for the counter itself"
            case .crawler: "from crawlers"
            case .ignored: "from addresses in HEADCOUNT_IGNORE"
            case .future: "dated in the future"
            }
        }
    }

    /// Lines of one kind, and the first of them.
    struct Lines: Equatable {
        private(set) var count = 0
        private(set) var example = ""

        mutating func add(_ example: @autoclosure () -> String, count added: Int = 1) {
            if count == 0 { self.example = example() }
            count += added
        }
    }

    var lines = 0
    /// The names of the files' formats.
    var formats: Set<String> = []
    var misfits = Lines()
    /// Last lines that are still being written.
    var unfinished = Lines()
    /// In all files, also those that were imported before.
    var visits = 0
    /// Visits that were imported before, or are in another file as well.
    var imported = 0
    /// Visits from private addresses.
    var privates = Lines()
    /// Whether any request had `X-Forwarded-For`.
    var hasForwarded = false
    /// Whether a format has no `User-Agent`.
    var lacksUserAgent = false
    /// Requests for files, by the number of their ending.
    private var files: [Lines] = []
    /// The endings by their number.
    var endings: [String] = []
    private var others = [Lines](repeating: Lines(), count: Reason.allCases.count)

    subscript(_ reason: Reason) -> Lines {
        get { others[reason.rawValue] }
        set { others[reason.rawValue] = newValue }
    }

    mutating func addFile(ending: Int, _ example: @autoclosure () -> String) {
        while files.count <= ending { files.append(Lines()) }
        files[ending].add(example())
    }

    /// The most endings that are listed.
    private static let endingLimit = 8
}

extension LogSummary {
    /// The lines of a report: how many there were, and what was not counted, with an example each.
    var report: [String] {
        let rows = notCounted
        let width = ([lines, visits] + rows.map(\.count)).map(\.grouped.count).max() ?? 0
        let textWidth = rows.map(\.text.count).max() ?? 0
        func line(_ count: Int, _ text: String) -> String { "  \(count.grouped.padded(to: width))  \(text)" }
        let format = formats.isEmpty ? "" : " in the format \(formats.sorted().joined(separator: ", "))"
        let known = imported == 0 ? "" : ", \(imported.grouped) of them imported before or in several files"
        var report = [line(lines, "lines\(format)"), line(visits, "visits\(known)")]
        if !rows.isEmpty {
            report += ["", "Not counted, with the first of each\(files.isEmpty ? "" : "; --ending counts files"):"]
        }
        for row in rows {
            let space = String(repeating: " ", count: textWidth - row.text.count)
            report.append(line(row.count, "\(row.text)\(space)  \(row.example.oneLine.prefix(80))"))
        }
        return report + notes.flatMap { ["", $0] }
    }

    private var notCounted: [(count: Int, text: String, example: String)] {
        let rest = sortedFiles.dropFirst(Self.endingLimit)
        var rows: [(Lines, String)] = Reason.allCases.map { (self[$0], $0.text) }
        rows += sortedFiles.prefix(Self.endingLimit).map { ($0.lines, "for .\($0.ending) files") }
        if let first = rest.first {
            let count = rest.reduce(0) { $0 + $1.lines.count }
            rows.append((Lines(count: count, example: first.lines.example), "for other files"))
        }
        rows += [(misfits, "in another format"), (unfinished, "not finished yet: no line end")]
        return rows.filter { $0.0.count > 0 }.map { ($0.count, $1, $0.example) }
    }

    /// What the owner should know about the numbers.
    private var notes: [String] {
        var notes: [String] = []
        if visits > 0, privates.count == visits {
            let address = privates.example.oneLine
            notes.append(
                "Every visit is from a private address, such as \(address), as of a proxy: visitors can't be told apart. "
                    + (hasForwarded
                        ? "Pass --address forwarded to take their addresses from X-Forwarded-For."
                        : "The log would need X-Forwarded-For.")
            )
        }
        if lacksUserAgent {
            notes.append("The log has no User-Agent: crawlers are counted, and visitors told apart by address alone.")
        }
        return notes
    }

    /// The most requested first.
    private var sortedFiles: [(ending: String, lines: Lines)] {
        zip(endings, files).map { (ending: $0, lines: $1) }.sorted {
            $0.lines.count != $1.lines.count ? $0.lines.count > $1.lines.count : $0.ending < $1.ending
        }
    }
}
