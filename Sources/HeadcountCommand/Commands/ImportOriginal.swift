#if DynamoDB
import ArgumentParser
import DynamoDBStore
import Glibc
import Headcount

struct ImportOriginal: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take over the count of a Cloud Resume Challenge counter.",
        discussion: """
            Reads Count of the item whose SiteName is the key, from a DynamoDB table in AWS_REGION with the AWS \
            credentials of the environment, and adds it to the site's total, but to no day. If you run it again, it adds only \
            the visits since then: run it once more after the old counter's last visit.

            EXAMPLE:
              headcount import-original --table visitor_counter --key Resume
            """
    )

    @Option(help: ArgumentHelp("The table of the old counter.", valueName: "name"))
    var table: String

    @Option(help: ArgumentHelp("The SiteName of its item.", valueName: "name"))
    var key: String

    @Flag(name: .shortAndLong, help: "Don't ask for confirmation.")
    var yes = false

    func run() throws {
        let counter = try Counter()
        let number = try originalCount(counter)
        let name = "original \(table) \(key)"
        let old = try counter.store.receipts([name])[name]
        let added = number - (old.flatMap { Int($0) } ?? 0)
        let site = try counter.total()
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
        _ = try counter.store.merge([History(page: nil, before: change)], for: [receipt])
        print("the site has \(try counter.total().inWords)")
    }

    private func originalCount(_ counter: Counter) throws -> Int {
        var configuration = counter.configuration
        configuration.table = table
        let original = try DynamoDBSupport.store(configuration)
        defer { try? original.close() }
        guard let number = try original.originalCount(site: key) else {
            throw Failure("\(table): no item whose SiteName is \(key)", EX_NOINPUT)
        }
        guard (0...Tally.Count.limit).contains(number) else {
            throw Failure("\(table): \(number.grouped) can't be a number of visits; nothing was changed", EX_DATAERR)
        }
        return number
    }
}
#endif
