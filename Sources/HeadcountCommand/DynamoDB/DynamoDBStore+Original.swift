#if DynamoDB
import DynamoDBStore
import Headcount

extension DynamoDBStore {
    /// Reads the counter of the Cloud Resume Challenge: `Count` of the item whose key `SiteName` is `site`.
    ///
    /// - Returns: `nil` for a missing item.
    func originalCount(site: String) throws(StoreError) -> Int? {
        let item = try step { (table) throws(CallError) in
            try await table.item(primaryKey: ["SiteName": .string(site)])
        }
        guard let item else { return nil }
        guard let count = item["Count"]?.number ?? item["Count"]?.string.flatMap({ Int($0) }) else {
            throw StoreError("DynamoDB: the item's Count is not a whole number")
        }
        return count
    }
}
#endif
