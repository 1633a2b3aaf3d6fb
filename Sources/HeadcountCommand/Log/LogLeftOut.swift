import Headcount

/// Days of which logs have news that are not added.
struct LogLeftOut {
    /// Those on which the counter has counted itself.
    var counted: [Day] = []
    /// Those before the days on record, of a site whose total has visits from before these.
    var before: [Day] = []
    /// Those whose lines were imported in pieces that the files do not have.
    var cut: [Day] = []

    /// For the owner: which, why, and what to do.
    var lines: [String] {
        var lines: [String] = []
        if !counted.isEmpty {
            lines.append("\(counted.areLeftOut): the counter has counted then. --all-days adds to them.")
        }
        if !before.isEmpty {
            lines.append(
                "\(before.areLeftOut): the total has visits from before its days, which may be these. --all-days adds them."
            )
        }
        if !cut.isEmpty {
            let (them, days) = cut.count == 1 ? ("it", "that day") : ("them", "those days")
            lines += [
                "\(cut.areLeftOut): parts of \(them) were imported before, from files that are not here or were cut in "
                    + "another way.",
                "Give all files that have lines of \(days) together, or pass --all-days, which may count visits twice.",
            ]
        }
        return lines
    }
}

extension [Day] {
    fileprivate var areLeftOut: String {
        "\(count == 1 ? "1 day is" : "\(count.grouped) days are") left out, \(inWords)"
    }

    /// In order, with those that follow each other as one: `2026-10-30 to 2026-11-02, 2026-11-05`.
    private var inWords: String {
        var spans: [ClosedRange<Day>] = []
        for day in sorted() {
            if let last = spans.last, last.upperBound.advanced(by: 1) == day {
                spans[spans.count - 1] = last.lowerBound...day
            } else {
                spans.append(day...day)
            }
        }
        return spans.map {
            $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound)"
        }
        .joined(separator: ", ")
    }
}
