import ArgumentParser
import Foundation
import Headcount

struct ImportOriginal: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take over the number of a Cloud Resume Challenge counter.",
        discussion: """
            Reads Count of the item whose SiteName is the key, from a DynamoDB table in AWS_REGION and with the AWS \
            credentials of the environment, and adds it to the site's total; its days are not known. Run again, it adds what \
            has come since: run it once more after the old counter has got its last visit.

            EXAMPLE:
              headcount import-original --table visitor_counter --key Resume
            """
    )

    @Option(help: ArgumentHelp("The original's table.", valueName: "name"))
    var table: String

    @Option(help: ArgumentHelp("The SiteName of its item.", valueName: "name"))
    var key: String

    @Flag(name: .shortAndLong, help: "Do it without asking.")
    var yes = false

    func run() throws {
        let owner = try Owner()
        let number = try original(owner)
        let name = "original \(table) \(key)"
        let old = try owner.asking { () throws(StoreError) in try owner.store.receipts([name])[name] }
        let added = number - (old.flatMap { Int($0) } ?? 0)
        let site = try owner.asking { () throws(StoreError) in try owner.store.tally(for: nil).site }
        guard added > 0 else {
            print("\(table) has \(number.grouped) visits, all taken over before; the site has \(site.inWords)")
            return
        }
        let part = old == nil ? "" : ", \(added.grouped) of them new"
        let after = site + .init(count: added)
        print("\(table) has \(number.grouped) visits\(part); the site has \(site.inWords) and gets \(after.inWords)")
        try Consent(isGiven: yes).ask("Add them?")
        let change = History(page: nil, before: .init(count: added))
        _ = try owner.asking { () throws(StoreError) in
            try owner.store.merge([change], for: [Receipt(name, old: old, new: "\(number)")])
        }
        let now = try owner.asking { () throws(StoreError) in try owner.store.tally(for: nil).site }
        print("the site has \(now.inWords)")
    }

    private func original(_ owner: Owner) throws(Failure) -> Int {
        var configuration = owner.configuration
        configuration.table = table
        let original = try Settings.dynamoDB(configuration)
        defer { try? original.close() }
        let number = try owner.asking { () throws(StoreError) in try original.original(site: key) }
        guard let number else {
            throw Failure("\(table): there is no item whose SiteName is \(key)", EX_NOINPUT)
        }
        guard (0...Tally.Count.limit).contains(number) else {
            throw Failure("\(table): \(number.grouped) is no number of visits; nothing was changed", EX_DATAERR)
        }
        return number
    }
}
