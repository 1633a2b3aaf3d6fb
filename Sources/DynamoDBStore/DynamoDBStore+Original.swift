#if DynamoDB
import Headcount

extension DynamoDBStore {
    /// The number of a counter that keeps it in one item, as the Cloud Resume Challenge's does: `Count` of the item whose
    /// `SiteName` is the site's.
    ///
    /// - Returns: `nil` when there is no such item.
    package func original(site: String) throws(StoreError) -> Int? {
        let item = try step { (table) throws(CallError) in
            let get = Message(tableName: table.name, key: ["SiteName": .string(site)], consistentRead: true)
            return try await table.dynamoDB.call("GetItem", get, until: table.deadline).item
        }
        guard let item else { return nil }
        guard let count = item["Count"]?.number ?? item["Count"]?.string.flatMap({ Int($0) }) else {
            throw StoreError("DynamoDB: the item has no whole number under Count")
        }
        return count
    }
}
#endif
