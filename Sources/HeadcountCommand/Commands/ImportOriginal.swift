#if DynamoDB
import ArgumentParser
import DynamoDBStore
import Glibc
import Headcount

struct ImportOriginal: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take over the count of a Cloud Resume Challenge counter.",
        discussion: """
            Reads the count from one item of a DynamoDB table in AWS_REGION with the AWS credentials of the environment, \
            and adds it to the site's total, but to no day. If you run it again, it adds only the visits since then: run it \
            once more after the old counter's last visit.

            EXAMPLES:
              headcount import-original --table visitor_counter --key-value Resume
              headcount import-original --table cloud-resume --key id --key-value 0 --attribute views
            """
    )

    @Option(help: ArgumentHelp("The table of the old counter.", valueName: "name"))
    var table: String

    @Option(help: ArgumentHelp("The name of the table's key.", valueName: "name"))
    var key = "SiteName"

    @Option(help: ArgumentHelp("The key of the item that has the count.", valueName: "value"))
    var keyValue: String

    @Option(help: ArgumentHelp("The item's attribute that is the count.", valueName: "name"))
    var attribute = "Count"

    @Flag(name: .shortAndLong, help: "Don't ask for confirmation.")
    var yes = false

    func run() throws {
        let counter = try Counter()
        let number = try originalCount(counter)
        let name = "original \(table) \(keyValue) \(attribute)"
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
        let primaryKey = try original.primaryKey()
        guard let type = primaryKey.first?.type, primaryKey.map(\.name) == [key] else {
            let names = primaryKey.map(\.name).joined(separator: " and ")
            let remedy =
                primaryKey.count == 1 ? "pass --key \(names)" : "read the count yourself and use `headcount set`"
            throw Failure("\(table): its key is \(names), not \(key); \(remedy)", EX_USAGE)
        }
        guard let item = try original.item(primaryKey: [key: type == "N" ? .number(keyValue) : .string(keyValue)])
        else {
            throw Failure("\(table): no item whose \(key) is \(keyValue)", EX_NOINPUT)
        }
        guard let value = item[attribute] else {
            let names = item.keys.sorted().joined(separator: ", ")
            throw Failure("\(table): the item has no \(attribute), only \(names); pass --attribute", EX_USAGE)
        }
        guard let number = value.number ?? value.string.flatMap({ Int($0) }) else {
            throw Failure("\(table): the item's \(attribute) is not a whole number", EX_DATAERR)
        }
        guard (0...Tally.Count.limit).contains(number) else {
            throw Failure("\(table): \(number.grouped) can't be a number of visits; nothing was changed", EX_DATAERR)
        }
        return number
    }
}
#endif
