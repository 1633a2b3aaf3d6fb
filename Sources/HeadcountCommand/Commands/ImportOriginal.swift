#if DynamoDB
import ArgumentParser
import DynamoDBStore
import Glibc
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
        let old = try owner.store.receipts([name])[name]
        let added = number - (old.flatMap { Int($0) } ?? 0)
        let site = try owner.total()
        guard added > 0 else {
            print("\(table) has \(number.grouped) visits, all taken over before; the site has \(site.inWords)")
            return
        }
        let part = old == nil ? "" : ", \(added.grouped) of them new"
        let change = Tally.Count(count: added)
        print(
            "\(table) has \(number.grouped) visits\(part); the site has \(site.inWords) and gets \((site + change).inWords)"
        )
        if !yes { try Terminal.ask("Add them?") }
        let receipt = Receipt(name, old: old, new: "\(number)")
        _ = try owner.store.merge([History(page: nil, before: change)], for: [receipt])
        print("the site has \(try owner.total().inWords)")
    }

    private func original(_ owner: Owner) throws -> Int {
        var configuration = owner.configuration
        configuration.table = table
        let original = try Table.store(configuration)
        defer { try? original.close() }
        guard let number = try original.original(site: key) else {
            throw Failure("\(table): there is no item whose SiteName is \(key)", EX_NOINPUT)
        }
        guard (0...Tally.Count.limit).contains(number) else {
            throw Failure("\(table): \(number.grouped) is no number of visits; nothing was changed", EX_DATAERR)
        }
        return number
    }
}
#endif
