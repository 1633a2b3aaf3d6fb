import ArgumentParser
import Glibc
import Headcount
import SQLiteStore

struct Prune: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Forget the numbers of single days that are long past.",
        discussion: """
            The totals keep what the days had. On SQLite it also erases what closed days have left of visitors, and gives \
            the room back to the file system. Visits wait meanwhile; after two seconds they are refused (503).

            EXAMPLES:
              headcount prune --keep 1100 --yes
              headcount prune --before 2024-01-01
            """
    )

    @Option(help: ArgumentHelp("How many days to keep, today being the last.", valueName: "n"))
    var keep: Int?

    @Option(help: ArgumentHelp("The first day to keep, like 2026-01-31.", valueName: "day"))
    var before: Day?

    @Flag(name: .shortAndLong, help: "Do it without asking.")
    var yes = false

    func validate() throws {
        guard (keep == nil) != (before == nil) else { throw ValidationError("Pass either --keep or --before.") }
        guard keep ?? 1 > 0 else { throw ValidationError("--keep must be 1 or more.") }
    }

    func run() throws {
        let owner = try Owner()
        let today = Day(containing: .now())
        let first = before ?? today.advanced(by: 1 - (keep ?? 1))
        guard first <= today else {
            throw Failure("today is still counted: --before must be \(today) or earlier", EX_USAGE)
        }
        let forgotten = try owner.store.history(of: nil).days.filter { $0.day < first }
        let subject = "\(forgotten.count.grouped) days before \(first), with \(forgotten.sum.inWords)"
        if !yes, !forgotten.isEmpty { try Terminal.ask("Forget \(subject)?") }
        try owner.store.forget(before: first)
        // With room for others between two slices.
        while try owner.store.sweep() == .more { usleep(5000) }
        try (owner.store as? SQLiteStore)?.compact()
        print("\(subject), stay in the totals only")
    }
}

extension Day: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}
