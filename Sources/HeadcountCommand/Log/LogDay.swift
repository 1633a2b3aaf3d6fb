import Headcount

/// A visit in a log.
struct LogVisit: Hashable {
    /// The number of its page in ``LogPages``.
    var page: Int
    /// Identifies the visitor; keyed by the process's own random seed (`Hasher`).
    var visitor: Int
    /// ``LogLine/event`` of its line.
    var event: UInt64
}

/// The visits of one day in one file, in the order of the file.
struct LogSegment {
    /// The time of the first visit.
    let begin: Instant
    var visits: [LogVisit] = []
}

/// Records which visits of a day were imported, by a digest of the sequence of visits that holds nothing about visitors. It
/// is the value of the day's receipt.
struct LogLedger: Equatable, LosslessStringConvertible {
    /// How many visits imports have added to this day.
    var added = 0
    /// How many visits the logs had, and their digest.
    private var count = 0
    private var digest: UInt64 = 0

    /// The base of the digest, a rolling hash modulo 2^64 (Rabin and Karp).
    private static let base: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Nothing was imported of the day.
    init() {}

    /// - Parameter before: an earlier import whose visits are not among `visits`.
    init(added: Int, visits: [LogVisit], after before: LogLedger = LogLedger()) {
        self.added = added
        count = before.count + visits.count
        digest = visits.reduce(before.digest) { $0 &* Self.base &+ $1.event }
    }

    /// `ADDED COUNT:DIGEST`
    init?(_ text: String) {
        let fields = text.split { $0 == " " || $0 == ":" }
        guard fields.count == 3, let added = Int(fields[0]), let count = Int(fields[1]), count >= 0,
            let digest = UInt64(fields[2], radix: 16)
        else { return nil }
        (self.added, self.count, self.digest) = (added, count, digest)
    }

    var description: String { "\(added) \(count):\(String(digest, radix: 16))" }

    /// The name of a day's receipt.
    static func name(_ day: Day) -> String { "log \(day)" }

    /// Finds the imported visits, which are consecutive even if files were cut and joined since.
    ///
    /// - Returns: `nil` if they are missing.
    func range(in visits: [LogVisit]) -> Range<Int>? {
        guard count > 0 else { return 0..<0 }
        guard count <= visits.count else { return nil }
        let power = (0..<count).reduce(1 as UInt64) { power, _ in power &* Self.base }
        var rolling: UInt64 = 0
        for (index, visit) in visits.enumerated() {
            rolling = rolling &* Self.base &+ visit.event
            if index >= count { rolling = rolling &- power &* visits[index - count].event }
            if index + 1 >= count, rolling == digest { return index + 1 - count..<index + 1 }
        }
        return nil
    }
}

/// The new visits of a day in the logs.
struct LogDay {
    private(set) var site = Tally.Count.zero
    /// By the page's number in ``LogPages``.
    private(set) var pages: [Int: Tally.Count] = [:]
    /// Whether the logs have all visits that were imported before. Otherwise it is unknown which visits are new.
    let isWhole: Bool
    /// The ledger before and after importing the new visits.
    let old: LogLedger
    let new: LogLedger

    init(_ segments: [LogSegment], _ ledger: LogLedger) {
        let visits = Self.join(segments)
        let range = ledger.range(in: visits)
        let known = range ?? 0..<0
        isWhole = range != nil
        old = ledger
        // --all-days adds visits to imported ones that are missing here. Later logs must have both.
        new = LogLedger(
            added: ledger.added + visits.count - known.count,
            visits: visits,
            after: isWhole ? LogLedger() : ledger
        )

        // Visitors of earlier imports are not unique again, wherever they are in the logs.
        var visitors: Set<Int> = []
        var pageVisitors: Set<Int> = []
        func count(_ visit: LogVisit) -> (site: Tally.Count, page: Tally.Count) {
            var hasher = Hasher()
            hasher.combine(visit.visitor)
            hasher.combine(visit.page)
            return (
                .init(count: 1, unique: visitors.insert(visit.visitor).inserted ? 1 : 0),
                .init(count: 1, unique: pageVisitors.insert(hasher.finalize()).inserted ? 1 : 0)
            )
        }
        for visit in visits[known] { _ = count(visit) }
        for part in [visits[..<known.lowerBound], visits[known.upperBound...]] {
            for visit in part {
                let counted = count(visit)
                site += counted.site
                pages[visit.page, default: .zero] += counted.page
            }
        }
    }

    /// Joins the visits of several files in order, without repeating those that several files have. If two files begin in the
    /// same second, the longer comes first, since the other may be a copy of its beginning.
    private static func join(_ segments: [LogSegment]) -> [LogVisit] {
        guard segments.count > 1 else { return segments.first?.visits ?? [] }
        var seen: Set<LogVisit> = []
        var visits: [LogVisit] = []
        for segment in segments.sorted(by: {
            $0.begin != $1.begin ? $0.begin < $1.begin : $0.visits.count > $1.visits.count
        }) {
            visits += segment.visits.filter { !seen.contains($0) }
            seen.formUnion(segment.visits)
        }
        return visits
    }
}
