#if DynamoDB
import DynamoDBStore
import Headcount

extension DynamoDBStore {
    /// The attributes of the table's primary key, with their types: `S`, `N` or `B`.
    func primaryKey() throws(StoreError) -> [(name: String, type: String)] {
        let description = try step { (table) throws(CallError) in try await table.describe("DescribeTable").table }
        guard let description else { throw StoreError("DynamoDB: unreadable answer") }
        return description.keySchema.compactMap { element in
            let definition = description.attributeDefinitions.first { $0["AttributeName"] == element["AttributeName"] }
            guard let name = definition?["AttributeName"], let type = definition?["AttributeType"] else { return nil }
            return (name, type)
        }
    }

    /// - Returns: `nil` if there is no such item.
    func item(primaryKey: Item) throws(StoreError) -> Item? {
        try step { (table) throws(CallError) in try await table.item(primaryKey: primaryKey) }
    }
}
#endif
