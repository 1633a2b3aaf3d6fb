import Headcount

/// A visit to a page of a number.
struct LogVisit {
    var page: Int
    /// Who came, to the site and to the page, and whether they were new then.
    var visitor: Int
    var pageVisitor: Int
    var isNew: Bool
    var isNewToPage: Bool
    /// Which line this is among those of all files; only where several may have it.
    var line: Int?
    /// Whether a file that was read before has this line, too.
    var isCopy: Bool
}

/// Who came on a day: hashes that are keyed by the process's own random seed (`Hasher`) and another of the day's, and that
/// go with the process.
struct LogVisitors {
    private let salt = UInt64.random(in: .min ... .max)
    private var ids: Set<Int> = []
    /// Those of them whom an earlier import has counted.
    private var counted: Set<Int> = []
    /// The visits of the files that were read before, and those of them that an earlier import has counted.
    private var lines: Set<Int> = []
    private var countedLines: Set<Int> = []

    init() {}

    /// - Parameter event: the line but for who came, where it has to be remembered or another file may have it.
    mutating func visit(
        _ page: Int,
        _ household: (UInt64, UInt64),
        _ agent: Int,
        _ event: LogLine.Bytes?
    ) -> LogVisit {
        let visitor = id(nil, household, agent)
        let pageVisitor = id(page, household, agent)
        let line = event.map { event in
            var hasher = Hasher()
            hasher.combine(visitor)
            hasher.combine(bytes: UnsafeRawBufferPointer(event))
            return hasher.finalize()
        }
        return LogVisit(
            page: page,
            visitor: visitor,
            pageVisitor: pageVisitor,
            isNew: ids.insert(visitor).inserted,
            isNewToPage: ids.insert(pageVisitor).inserted,
            line: line,
            isCopy: line.map(lines.contains) ?? false
        )
    }

    /// What an earlier import has counted after all.
    struct Counted {
        /// This very line, which a file before this one has, too.
        var line: Bool
        /// Its visitor, who was taken for new in a file before this one: to the site, and to the page.
        var visitor: Bool
        var pageVisitor: Bool
    }

    /// Takes note of a visit that turns out to be counted by an earlier import.
    mutating func wasCounted(_ visit: LogVisit) -> Counted {
        Counted(
            line: visit.isCopy && visit.line.map { !countedLines.contains($0) } ?? false,
            visitor: counted.insert(visit.visitor).inserted && !visit.isNew,
            pageVisitor: counted.insert(visit.pageVisitor).inserted && !visit.isNewToPage
        )
    }

    /// Ends a file, whose lines are those of a file before from now on.
    mutating func remember(_ lines: [Int], counted: [Int]) {
        self.lines.formUnion(lines)
        countedLines.formUnion(counted)
    }

    var remembersLines: Bool { !lines.isEmpty }

    private func id(_ page: Int?, _ household: (UInt64, UInt64), _ agent: Int) -> Int {
        var hasher = Hasher()
        hasher.combine(salt)
        hasher.combine(page)
        hasher.combine(household.0)
        hasher.combine(household.1)
        hasher.combine(agent)
        return hasher.finalize()
    }
}
