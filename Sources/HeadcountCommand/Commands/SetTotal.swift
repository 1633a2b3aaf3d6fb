import ArgumentParser
import Glibc
import Headcount

struct SetTotal: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Set a total, for example to take over another counter's.",
        discussion: """
            Sets the total of the site, or of a page. The days keep their numbers, so the total can't be less than their sum; \
            the rest counts as visits from before the first day. Visits that are counted meanwhile are added on top.

            EXAMPLE:
              headcount set --count 48210 --yes
            """
    )

    @Option(help: ArgumentHelp("The new number of visits.", valueName: "n"))
    var count: Int

    @Option(help: ArgumentHelp("The new number of unique visitors. The default is the present one.", valueName: "n"))
    var unique: Int?

    @Option(help: ArgumentHelp("Set the total of this page, which is created if it is missing.", valueName: "path"))
    var page: Page?

    @Flag(name: .shortAndLong, help: "Don't ask for confirmation.")
    var yes = false

    /// Well below what a store accepts, to leave room for future visits and imports.
    private static let allowed = 0...Tally.Count.limit / 10

    func validate() throws {
        guard Self.allowed.contains(count), Self.allowed.contains(unique ?? 0) else {
            throw ValidationError("--count and --unique must be from 0 to \(Self.allowed.upperBound.grouped).")
        }
    }

    func run() throws {
        let counter = try Counter()
        let name = "set \(page?.path ?? "")"
        let before = try counter.store.receipts([name])[name]
        let present = try counter.store.history(of: page)
        let (old, days) = (present.total, present.days.sum)
        let new = Tally.Count(count: count, unique: unique ?? old.unique)
        guard new.count >= days.count, new.unique >= days.unique else {
            throw Failure(
                "the days add up to \(days.inWords); the total can't be less; `headcount prune` removes old days",
                EX_USAGE
            )
        }
        guard new.unique <= new.count else {
            throw Failure("\(new.inWords): more unique visitors than visits; pass --unique too", EX_USAGE)
        }
        let subject = page?.path.oneLine ?? "the site"
        print("\(subject) has \(old.inWords); it gets \(new.inWords)")
        if !yes { try Terminal.ask("Set it?") }
        // If several commands set it at once, only one succeeds.
        let receipt = Receipt(name, old: before, new: "\(UInt64.random(in: .min ... .max))")
        _ = try counter.store.merge([History(page: page, before: new - old)], for: [receipt])
        print("\(subject) has \(try counter.total(of: page).inWords)")
    }
}
