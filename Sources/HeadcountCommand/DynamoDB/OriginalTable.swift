#if DynamoDB
import DynamoDBStore
import Glibc
import Headcount

/// Another counter's DynamoDB table, which is only read.
struct OriginalTable {
    let name: String
    /// The attributes of the primary key, with their types: `S` for a string, `N` for a number.
    private(set) var key: [(name: String, type: String)] = []
    private let store: DynamoDBStore

    /// How many items are looked at to name the counts.
    static let scanned = 100

    init(_ name: String, _ configuration: Configuration) throws {
        var configuration = configuration
        configuration.table = name
        self.name = name
        guard DynamoDBSettings.isTableName(name) else {
            throw Failure("--table \(name): must be the name of a table", EX_USAGE)
        }
        store = try DynamoDBSupport.store(configuration)
        key = try primaryKey()
        for attribute in key where attribute.type == "B" {
            let remedy = "read the count yourself and use `headcount set`"
            throw Failure("\(name): its key \(attribute.name) is binary, which --key can't be; \(remedy)", EX_USAGE)
        }
    }

    private func primaryKey() throws -> [(name: String, type: String)] {
        let description = try read { (table) throws(CallError) in try await table.describe("DescribeTable").table }
        guard let description else { throw StoreError("DynamoDB: unreadable answer") }
        return description.keySchema.compactMap { element in
            let definition = description.attributeDefinitions.first { $0["AttributeName"] == element["AttributeName"] }
            guard let name = definition?["AttributeName"], let type = definition?["AttributeType"] else { return nil }
            return (name, type)
        }
    }

    /// - Returns: `nil` if there is no such item.
    func item(primaryKey: Item) throws -> Item? {
        try read { (table) throws(CallError) in try await table.item(primaryKey: primaryKey) }
    }

    /// - Returns: the table's first items, and whether there are no others; `nil` if the credentials don't allow a scan.
    func firstItems() throws -> (items: [Item], isAll: Bool)? {
        try read { (table) throws(CallError) in
            do throws(CallError) { return try await table.scan(limit: Self.scanned) } catch {
                guard case .refused(code: "AccessDeniedException", _) = error else { throw error }
                return nil
            }
        }
    }

    /// The attributes of an item that can be a number of visits: numbers and strings of digits.
    func counts(of item: Item) -> [OriginalCount] {
        let key = key.map { KeyValue(name: $0.name, value: item[$0.name]?.text ?? "") }
        return item.sorted { $0.key < $1.key }.compactMap { attribute, value in
            guard !key.contains(where: { $0.name == attribute }), let visits = value.text.flatMap({ Int($0) }),
                (0...Tally.Count.limit).contains(visits)
            else { return nil }
            return OriginalCount(key: key, attribute: attribute, visits: visits)
        }
    }

    /// Names `--table` and the permissions of this command in errors, instead of the settings and policies of a counter.
    private func read<Value: Sendable>(
        _ work: @escaping @Sendable (Table) async throws(CallError) -> Value
    ) throws -> Value {
        let result = try store.step { (table) throws(CallError) -> Result<Value, CallError> in
            do throws(CallError) { return .success(try await work(table)) } catch { return .failure(error) }
        }
        switch result {
        case .success(let value): return value
        case .failure(.refused(code: "ResourceNotFoundException", _)):
            throw Failure("\(name): there is no such table; check --table, AWS_REGION and the AWS account", EX_NOINPUT)
        case .failure(.refused(code: "AccessDeniedException", let message)):
            let remedy = "allow dynamodb:DescribeTable and dynamodb:GetItem on this table"
            throw Failure("\(name): \(message); \(remedy)", EX_UNAVAILABLE)
        case .failure(let error): throw StoreError("DynamoDB: \(error)")
        }
    }
}

/// A count in another counter's table.
struct OriginalCount {
    let key: [KeyValue]
    let attribute: String
    let visits: Int

    /// The options that select it, quoted for a shell: no two counts of a table have the same.
    var options: String {
        key.map { "--key \("\($0)".shellQuoted) " }.joined() + "--attribute \(attribute.shellQuoted)"
    }
}
#endif
