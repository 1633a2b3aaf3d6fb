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
        [
            Self.line(counted, "the counter has counted then. --all-days adds to them."),
            Self.line(
                before,
                "the total has visits from before its days, which may be these. --all-days adds them."
            ),
            Self.line(
                cut,
                "parts were imported before, from files that are not here or were cut in another way.\n"
                    + "Give all files that have lines of a day together, or pass --all-days, which may count visits twice."
            ),
        ].compactMap { $0 }
    }

    /// - Parameter days: in order.
    private static func line(_ days: [Day], _ reason: String) -> String? {
        guard let first = days.first, let last = days.last else { return nil }
        let which =
            first == last
            ? "1 day is left out, \(first)" : "\(days.count.grouped) days are left out, \(first) to \(last)"
        return "\(which): \(reason)"
    }
}
