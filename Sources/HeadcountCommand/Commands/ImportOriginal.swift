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

            Without --key and --attribute it changes nothing and prints the ones that the table has, for you to paste.

            EXAMPLES:
              headcount import-original --table visits
              headcount import-original --table visits --key id=0 --attribute views
            """
    )

    @Option(help: ArgumentHelp("The table of the old counter.", valueName: "name"))
    var table: String

    @Option(
        help: ArgumentHelp(
            "The key of the item that has the count. If the table has a sort key, pass --key for it, too.",
            valueName: "name=value"
        )
    )
    var key: [KeyValue] = []

    @Option(help: ArgumentHelp("The item's attribute that is the count.", valueName: "name"))
    var attribute: String?

    @Flag(name: .shortAndLong, help: "Don't ask for confirmation.")
    var yes = false

    func run() throws {
        let counter = try Counter()
        let original = try selectedCount(in: OriginalTable(table, counter.configuration))
        let visits = original.visits
        let name = "original \(table) \(original.options)"
        let old = try counter.store.receipts([name])[name]
        let added = visits - (old.flatMap { Int($0) } ?? 0)
        let site = try counter.total()
        guard added > 0 else {
            let reason = added == 0 && visits > 0 ? "all taken over before" : "nothing to add"
            return print("\(table) has \(visits.of("visit")), \(reason); the site has \(site.inWords)")
        }
        let part = old == nil ? "" : ", \(added.grouped) of them new"
        let change = Tally.Count(count: added)
        print(
            "\(table) has \(visits.of("visit"))\(part); the site has \(site.inWords) and gets \((site + change).inWords)"
        )
        if !yes { try Terminal.ask("Add them?") }
        let receipt = Receipt(name, old: old, new: "\(visits)")
        _ = try counter.store.merge([History(page: nil, before: change)], for: [receipt])
        print("the site has \(try counter.total().inWords)")
    }

    private func selectedCount(in original: OriginalTable) throws -> OriginalCount {
        guard !key.isEmpty else { throw try usageFailure(nil, original) }
        let names = original.key.map(\.name)
        guard key.map(\.name).sorted() == names.sorted() else {
            throw try usageFailure("its key is \(names.joined(separator: " and "))", original)
        }
        var primaryKey: Item = [:]
        for part in key {
            let isNumber = original.key.contains { $0 == (part.name, "N") }
            guard !isNumber || part.isNumber else {
                throw try usageFailure("its key \(part.name) is a number, not \(part.value)", original)
            }
            primaryKey[part.name] = isNumber ? .number(part.value) : .string(part.value)
        }
        guard let item = try original.item(primaryKey: primaryKey) else {
            throw try usageFailure("no item has \(key.map(\.description).joined(separator: " and "))", original)
        }
        guard let attribute else { throw try usageFailure(nil, original, of: item) }
        guard let count = original.counts(of: item).first(where: { $0.attribute == attribute }) else {
            let value = item[attribute]?.text.map { "\($0), " } ?? ""
            let reason =
                item[attribute] == nil
                ? "the item has no \(attribute), only \(item.keys.sorted().joined(separator: ", "))"
                : "the item's \(attribute) is \(value)not a number of visits"
            throw try usageFailure(reason, original, of: item)
        }
        return count
    }

    /// Names the counts that the table has, as options to paste.
    ///
    /// - Parameter item: lists only the counts of this item, if it has any.
    private func usageFailure(_ reason: String?, _ original: OriginalTable, of item: Item? = nil) throws -> Failure {
        let start = "\(table): \(reason.map { "\($0); " } ?? "")pass the item and the attribute that count"
        func withoutCounts(_ remark: String) -> Failure {
            let options = original.key.map { "--key \($0.name)=VALUE " }.joined() + "--attribute NAME"
            return Failure("\(start): \(options) (\(remark))", EX_USAGE)
        }

        var counts = item.map(original.counts) ?? []
        var isAll = true
        if counts.isEmpty {
            guard let first = try original.firstItems() else {
                return withoutCounts("the credentials don't allow dynamodb:Scan, which would show them")
            }
            counts = first.items.flatMap(original.counts)
            isAll = first.isAll
            if first.items.isEmpty { return withoutCounts("the table has no items") }
        }
        let choices = counts.map { "\($0.options) (\($0.visits.grouped))" }
        switch choices.count {
        case 0:
            return withoutCounts("no item\(isAll ? "" : " of the first \(OriginalTable.scanned)") has a whole number")
        case 1 where isAll: return Failure("\(start): \(choices[0])", EX_USAGE)
        default:
            let shown = choices.prefix(5)
            var failure = Failure("\(start)\(isAll && shown.count == choices.count ? "" : ", such as"):", EX_USAGE)
            failure.lines += shown.map { "  \($0)" }
            return failure
        }
    }
}

/// An attribute of a key and its value: `NAME=VALUE`.
struct KeyValue: ExpressibleByArgument, CustomStringConvertible {
    let name: String
    let value: String

    var description: String { "\(name)=\(value)" }
}

extension KeyValue {
    /// Whether DynamoDB takes the value for a number.
    fileprivate var isNumber: Bool { value.allSatisfy { "+-.eE0123456789".contains($0) } && Double(value) != nil }

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        self.init(name: String(parts[0]), value: String(parts[1]))
    }
}
#endif
