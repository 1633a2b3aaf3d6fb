import ArgumentParser
import Glibc
import Headcount

struct SetTotal: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Start from another counter's number.",
        discussion: """
            Sets the total of the site, or of a page. The days keep their numbers; what they do not add up to came before \
            them. So a total can't be less than its days. Visits that come meanwhile are added on top.

            EXAMPLE:
              headcount set --count 48210 --yes
            """
    )

    @Option(help: ArgumentHelp("The visits there are to be.", valueName: "n"))
    var count: Int

    @Option(help: ArgumentHelp("The unique visitors there are to be; left as they are if not given.", valueName: "n"))
    var unique: Int?

    @Option(help: ArgumentHelp("Of this page, which is made if there is none.", valueName: "path"))
    var page: Page?

    @Flag(name: .shortAndLong, help: "Do it without asking.")
    var yes = false

    /// Less than a store takes, so that there is room for visits to come and for other counters' numbers.
    private static let allowed = 0...Tally.Count.limit / 10

    func validate() throws {
        guard Self.allowed.contains(count), Self.allowed.contains(unique ?? 0) else {
            throw ValidationError("--count and --unique must be from 0 to \(Self.allowed.upperBound.grouped).")
        }
    }

    func run() throws {
        let owner = try Owner()
        let name = "set \(page?.path ?? "")"
        let before = try owner.store.receipts([name])[name]
        let present = try owner.store.history(of: page)
        let (old, days) = (present.total, present.days.sum)
        let new = Tally.Count(count: count, unique: unique ?? old.unique)
        guard new.count >= days.count, new.unique >= days.unique else {
            throw Failure(
                "the days on record add up to \(days.inWords); set no less, or forget days first (`headcount prune`)",
                EX_USAGE
            )
        }
        guard new.unique <= new.count else {
            throw Failure("\(new.inWords): there can't be more visitors than visits; pass --unique too", EX_USAGE)
        }
        let subject = page?.path.oneLine ?? "the site"
        print("\(subject) has \(old.inWords); it gets \(new.inWords)")
        if !yes { try Terminal.ask("Set it?") }
        // Of several who set it at once, one does.
        let receipt = Receipt(name, old: before, new: "\(UInt64.random(in: .min ... .max))")
        _ = try owner.store.merge([History(page: page, before: new - old)], for: [receipt])
        print("\(subject) has \(try owner.total(of: page).inWords)")
    }
}
