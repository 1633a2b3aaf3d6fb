import Headcount

/// The lines of one day in one file. As many of them as possible are pieces that the ledger has; the piece is what comes
/// after these.
struct LogSegment {
    private(set) var site = Tally.Count.zero
    /// By number.
    private(set) var pages: [Int: Tally.Count] = [:]
    /// Visits of the piece that files before this one have, too.
    private(set) var copies = 0
    /// The digest of the first line of all.
    private(set) var beginning: UInt64?
    /// Visits of the whole segment by their lines, where these have to be remembered; and those that the ledger has.
    private(set) var lines: [Int] = []
    private(set) var countedLines: [Int] = []
    var piece: LogLedger.Piece { readings[0].piece }

    private let ledger: Set<LogLedger.Piece>
    /// The lines of the ledger's longest piece.
    private let longest: Int
    /// The lines until now, and those of them of which it is settled that the ledger has them.
    private var line = 0
    private var settled = 0
    /// In the order of their ends, which are different. More than one, since a piece may begin as another.
    private var readings = [Reading()]
    /// Visits that may still turn out to be of a piece that the ledger has.
    private var held: [(line: Int, visit: LogVisit)] = []

    /// One way to make the lines of the ledger's pieces, each once: these, where the last of them ends, and the rest.
    private struct Reading {
        var known: [LogLedger.Piece] = []
        var end = 0
        var piece = LogLedger.Piece.empty
    }

    init(_ pieces: [LogLedger.Piece]) {
        ledger = Set(pieces)
        longest = pieces.lazy.map(\.lines).max() ?? 0
    }

    /// Whether nothing that comes can be of the ledger.
    private var isSettled: Bool { readings.count == 1 && readings[0].piece.lines >= longest }

    /// A visit of the next line.
    mutating func add(_ visit: LogVisit) {
        if let line = visit.line { lines.append(line) }
        if isSettled {
            count(visit)
        } else {
            held.append((line, visit))
        }
    }

    private mutating func count(_ visit: LogVisit) {
        guard !visit.isCopy else {
            copies += 1
            return
        }
        site += .init(count: 1, unique: visit.isNew ? 1 : 0)
        pages[visit.page, default: .zero] += .init(count: 1, unique: visit.isNewToPage ? 1 : 0)
    }

    /// What the ledger has.
    struct Known {
        var pieces: [LogLedger.Piece]
        var visits: [LogVisit]
    }

    /// Ends the line that the visit was of, if it was any.
    ///
    /// - Returns: visits that turn out to be known by this line.
    mutating func end(_ event: LogLine.Bytes) -> Known? {
        line += 1
        defer { if beginning == nil { beginning = readings[0].piece.digest } }
        guard !isSettled else {
            readings[0].piece.add(event)
            return nil
        }
        for index in readings.indices {
            readings[index].piece.add(event)
            let reading = readings[index]
            if ledger.contains(reading.piece), !reading.known.contains(reading.piece), readings.last?.end != line {
                readings.append(Reading(known: reading.known + [reading.piece], end: line))
            }
        }
        let last = readings.removeLast()
        readings.removeAll { $0.piece.lines >= longest }
        readings.append(last)
        guard readings.count == 1, readings[0].end > settled || isSettled else { return nil }
        return settle()
    }

    /// Ends the file.
    mutating func end() -> Known {
        readings.removeFirst(readings.count - 1)
        let known = settle()
        for (_, visit) in held { count(visit) }
        held = []
        return known
    }

    private mutating func settle() -> Known {
        let known = held.prefix { $0.line < readings[0].end }.map(\.visit)
        held.removeFirst(known.count)
        countedLines += known.compactMap(\.line)
        settled = readings[0].end
        if isSettled {
            for (_, visit) in held { count(visit) }
            held = []
        }
        return Known(pieces: readings[0].known, visits: known)
    }
}
