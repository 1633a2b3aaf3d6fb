import ArgumentParser
import Foundation
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
    var page: PageArgument?

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
        let receipt = "set \(page?.page.path ?? "")"
        let before = try owner.asking { () throws(StoreError) in try owner.store.receipts([receipt])[receipt] }
        let present = try history(owner)
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
        let subject = page.map { $0.page.path.oneLine } ?? "the site"
        print("\(subject) has \(old.inWords); it gets \(new.inWords)")
        try Consent(isGiven: yes).ask("Set it?")
        guard try history(owner).isOf(present) else {
            throw Failure("\(subject) was changed meanwhile; run the command again", EX_TEMPFAIL)
        }
        let change = History(page: page?.page, before: new - old)
        // Of several who set it at once, one does.
        let once = Receipt(receipt, old: before, new: "\(UInt64.random(in: .min ... .max))")
        _ = try owner.asking { () throws(StoreError) in try owner.store.merge([change], for: [once]) }
        let tally = try owner.asking { () throws(StoreError) in try owner.store.tally(for: page?.page) }
        print("\(subject) has \((tally.page ?? tally.site).inWords)")
    }
}

extension SetTotal {
    private func history(_ owner: Owner) throws(Failure) -> History {
        try owner.asking { () throws(StoreError) in try owner.store.history(of: page?.page) }
    }
}

extension History {
    /// Whether it is another one with visits that have come meanwhile: it differs on its last days at most.
    fileprivate func isOf(_ other: History) -> Bool {
        let last = other.days.last?.day ?? Day(number: .min)
        return before == other.before && days.filter { $0.day < last } == other.days.filter { $0.day < last }
    }
}

extension Tally.Count {
    /// `12 visits, 3 unique`
    var inWords: String { "\(count.grouped) visits, \(unique.grouped) unique" }
}
