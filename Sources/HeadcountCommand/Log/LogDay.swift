import Headcount

/// A visit in a log.
struct LogVisit: Hashable {
    /// The number of its page in ``LogPages``.
    var page: Int
    /// Identifies the visitor; keyed by the process's own random seed (`Hasher`).
    var visitor: Int
    /// The digest of what its line says, but for the visitor.
    var event: UInt64

    /// FNV-1a (Fowler, Noll and Vo): it has to tell lines apart, not to withstand an attack.
    static func digest(_ event: LogLine.Bytes) -> UInt64 {
        event.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

/// The visits of one day in one file, in its order.
struct LogSegment {
    /// The time of the first.
    let begin: Instant
    var visits: [LogVisit] = []
}

/// What was imported of a day: its visits and their order, by a digest that holds nothing of the visitors. It is the value of
/// the day's receipt.
struct LogLedger: Equatable, LosslessStringConvertible {
    /// The visits that imports have added to this day.
    var added = 0
    /// The visits that the logs had, and their digest.
    private var count = 0
    private var digest: UInt64 = 0

    /// The digest is a polynomial in this, modulo 2^64, so that it can be rolled over longer logs (Rabin and Karp).
    private static let base: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Of a day of which nothing was imported.
    init() {}

    /// - Parameter before: what these visits come after, if it is not among them.
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

    /// Finds the visits that were imported, which are in one row however files were cut and joined since.
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

/// What is new of a day in the logs.
struct LogDay {
    private(set) var site = Tally.Count.zero
    /// By number.
    private(set) var pages: [Int: Tally.Count] = [:]
    /// Whether the logs have all that was imported of the day. Otherwise it is unknown what of theirs is new.
    let isWhole: Bool
    /// What was imported before, and what will be once all of this is.
    let old: LogLedger
    let new: LogLedger

    init(_ segments: [LogSegment], _ ledger: LogLedger) {
        let visits = Self.join(segments)
        let range = ledger.range(in: visits)
        let known = range ?? 0..<0
        isWhole = range != nil
        old = ledger
        // With --all-days, visits are added to others that are not here: only logs with all of them are whole later.
        new = LogLedger(
            added: ledger.added + visits.count - known.count,
            visits: visits,
            after: isWhole ? LogLedger() : ledger
        )

        // Visitors of earlier imports aren't new, wherever in the logs they are.
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

    /// - Returns: the visits in order, each once that several files have. Of two files that begin in the same second the
    ///   longer comes first, since the other may be a copy of its beginning.
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
