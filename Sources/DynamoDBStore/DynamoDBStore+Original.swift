#if DynamoDB
import Headcount
import NIOCore

extension DynamoDBStore {
    /// The number of a counter that keeps it in one item, as the Cloud Resume Challenge's does: `Count` of the item whose
    /// `SiteName` is the site's.
    ///
    /// - Returns: `nil` when there is no such item.
    package func original(site: String) throws(StoreError) -> Int? {
        let item = try waiting(until: Table.ownersDeadline) { (table) throws(CallError) in
            var get = Get(tableName: table.name, key: ["SiteName": .string(site)])
            get.projectionExpression = "#count"
            get.expressionAttributeNames = ["#count": "Count"]
            let output: Get.Output =
                try await table.dynamoDB.call(.getItem, get, isRepeatable: true, until: Table.ownersDeadline)
            return output.item
        }
        guard let item else { return nil }
        guard let count = item["Count"]?.number ?? item["Count"]?.string.flatMap({ Int($0) }) else {
            throw StoreError("DynamoDB: the item has no whole number under Count")
        }
        return count
    }
}
#endif
