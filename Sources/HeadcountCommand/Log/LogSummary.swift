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

    let addressSource: LogAddress.Source
    var lines = 0
    /// The names of the files' formats.
    var formats: Set<String> = []
    var misfits = LeftOutLines()
    /// Last lines that are still being written.
    var unfinished = LeftOutLines()
    /// In all files, also those that were imported before.
    var visits = 0
    /// Visits that were imported before, or are in another file as well.
    var imported = 0
    /// Visits whose request has a public address in `X-Forwarded-For`, or any address there that was used.
    var forwarded = 0
    private var firstClient: String?
    private(set) var hasSeveralClients = false
    /// Visits from a private address, or from a client that the server does not know.
    var unknown = LeftOutLines()
    /// Whether a request for a page has a `User-Agent`.
    var hasUserAgent = false
    /// Requests for files, by the number of their ending.
    private var files: [LeftOutLines] = []
    /// The endings by their number.
    var endings: [String] = []
    /// By reason.
    private var others = [LeftOutLines](repeating: LeftOutLines(), count: Reason.allCases.count)

    init(addressSource: LogAddress.Source) {
        self.addressSource = addressSource
    }

    subscript(_ reason: Reason) -> LeftOutLines { others[reason.rawValue] }

    mutating func addClient(_ client: String) {
        if let firstClient, client != firstClient { hasSeveralClients = true }
        firstClient = firstClient ?? client
    }

    mutating func leaveOut(_ reason: Reason, _ example: @autoclosure () -> String) {
        others[reason.rawValue].add(example())
    }

    mutating func leaveOut(fileEnding ending: Int, _ example: @autoclosure () -> String) {
        while files.count <= ending { files.append(LeftOutLines()) }
        files[ending].add(example())
    }

    /// A public site with this many visits has more than one visitor.
    private static let sampleSize = 20
    /// The most endings that are listed.
    private static let endingLimit = 8
}

extension LogSummary {
    func show() {
        let format = formats.isEmpty ? "" : " in the format \(formats.sorted().joined(separator: ", "))"
        let known = imported == 0 ? "" : ", \(imported.grouped) of them imported before or in several files"
        let fileLines = sortedFiles.prefix(Self.endingLimit).map { ($0.lines, "for .\($0.ending) files") }
        ImportReport.showLines(
            found: [(lines, "line", format), (visits, "visit", known)],
            leftOut: Reason.allCases.map { (self[$0], $0.text) } + fileLines + [
                (otherFiles, "for other files"), (misfits, "in another format"),
                (unfinished, "not finished yet: no line end"),
            ],
            hint: files.isEmpty ? "" : " (use --ending to count files)"
        )
        for note in notes { print("\n\(note)") }
    }

    /// What the owner should know about the numbers.
    private var notes: [String] {
        guard visits > 0 else { return [] }
        var notes: [String] = []
        if unknown.count * 2 > visits {
            notes.append(
                "\(unknown.count.of("visit")) from private or unknown addresses, such as \(unknown.example.oneLine): if that is a "
                    + "proxy's, its visitors are not told apart."
            )
        } else if visits >= Self.sampleSize, !hasSeveralClients, let firstClient {
            notes.append(
                "All visits are from \(firstClient.oneLine): if that is a proxy or the site itself, the visitors are not told apart."
            )
        }
        switch addressSource {
        case .remote where forwarded > 0:
            notes.append(
                "\(forwarded.of("visit")) with X-Forwarded-For: if the server is behind a proxy, pass --address forwarded to "
                    + "take the visitors' addresses from it."
            )
        case .forwarded where forwarded < visits:
            notes.append(
                "\((visits - forwarded).of("visit")) without X-Forwarded-For: counted by the connection's address."
            )
        default: break
        }
        if !hasUserAgent {
            notes.append(
                "No User-Agent in the log: crawlers are counted, and visitors are told apart by address alone."
            )
        }
        if formats.count > 1 {
            notes.append(
                "The files have different formats: make sure that no request is in two of them, or it counts twice."
            )
        }
        return notes
    }

    /// Of the endings that are not listed.
    private var otherFiles: LeftOutLines {
        sortedFiles.dropFirst(Self.endingLimit).reduce(into: LeftOutLines()) {
            $0.add($1.lines.example, count: $1.lines.count)
        }
    }

    /// The most requested first.
    private var sortedFiles: [(ending: String, lines: LeftOutLines)] {
        zip(endings, files).map { (ending: $0, lines: $1) }.sorted {
            $0.lines.count != $1.lines.count ? $0.lines.count > $1.lines.count : $0.ending < $1.ending
        }
    }
}
