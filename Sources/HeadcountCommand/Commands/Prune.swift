import ArgumentParser
import Glibc
import Headcount
import SQLiteStore

struct Prune: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove the numbers of old days.",
        discussion: """
            The totals stay. On SQLite it also erases the hashes of earlier days' visitors, and returns the space to the \
            file system. Visits wait meanwhile; after two seconds they are refused (503).

            EXAMPLES:
              headcount prune --keep 1100 --yes
              headcount prune --before 2024-01-01
            """
    )

    @Option(help: ArgumentHelp("How many days to keep, including today.", valueName: "n"))
    var keep: Int?

    @Option(help: ArgumentHelp("The first day to keep, such as 2026-01-31.", valueName: "day"))
    var before: Day?

    @Flag(name: .shortAndLong, help: "Don't ask for confirmation.")
    var yes = false

    func validate() throws {
        guard (keep == nil) != (before == nil) else { throw ValidationError("Pass either --keep or --before.") }
        guard keep ?? 1 > 0 else { throw ValidationError("--keep must be 1 or more.") }
    }

    func run() throws {
        let counter = try Counter()
        let today = Day(containing: .now())
        let first = before ?? today.advanced(by: 1 - (keep ?? 1))
        guard first <= today else {
            throw Failure("today is not over: --before must be \(today) or earlier", EX_USAGE)
        }
        let pruned = try counter.store.history(of: nil).days.filter { $0.day < first && $0.count.count > 0 }
        let subject = "\(pruned.count.of("day")) before \(first), with \(pruned.sum.inWords)"
        if !yes, !pruned.isEmpty { try Terminal.ask("Remove the numbers of \(subject)?") }
        try counter.store.prune(before: first)
        // Lets other processes write between two slices.
        while try counter.store.sweep() == .more { usleep(5000) }
        try (counter.store as? SQLiteStore)?.compact()
        print("removed \(subject); the totals keep them")
    }
}
