#if DynamoDB
// Requests to and answers from DynamoDB (Amazon DynamoDB API Reference, API version 2012-08-10). Members are named as
// in the API except for the first letter, which `DynamoDB` converts, and mean the same in all operations.

/// A request. Expressions use placeholders like `#name` for attributes, since names like `count` are reserved.
package struct Message: Encodable, Sendable {
    var tableName: String?
    var key: Item?
    var item: Item?
    /// The number of items to scan.
    var limit: Int?
    /// Whether the read sees every write that was acknowledged before it.
    var consistentRead: Bool?
    var updateExpression: String?
    var conditionExpression: String?
    var expressionAttributeNames: [String: String]?
    var expressionAttributeValues: Item?
    var returnValues: String?
    /// With `ALL_OLD`, a failed condition returns the item that it failed on.
    var returnValuesOnConditionCheckFailure: String?
    /// The keys to read, by table.
    var requestItems: [String: Keys]?
    /// The writes of a transaction, each by its kind.
    var transactItems: [[String: Message]]?
    /// DynamoDB runs a transaction with the same token only once within ten minutes.
    var clientRequestToken: String?

    package struct Keys: Codable, Sendable {
        var keys: [Item]
        var consistentRead: Bool?
        var projectionExpression: String?
        var expressionAttributeNames: [String: String]?
    }

    /// The kind of a write. `Put` has an item; `Update` and `Delete` have a key.
    var kind: String { item != nil ? "Put" : updateExpression != nil ? "Update" : "Delete" }

    /// Adds a condition.
    package func when(_ condition: String, _ values: Item = [:]) -> Message {
        var message = self
        message.conditionExpression = condition
        for name in condition.split(whereSeparator: { $0 != "#" && !$0.isLetter }) where name.hasPrefix("#") {
            message.expressionAttributeNames = message.expressionAttributeNames ?? [:]
            message.expressionAttributeNames?[String(name)] = String(name.dropFirst())
        }
        for (name, value) in values {
            message.expressionAttributeValues = message.expressionAttributeValues ?? [:]
            message.expressionAttributeValues?[":\(name)"] = value
        }
        return message
    }

    package func whenAbsent() -> Message { when("attribute_not_exists(#pk)") }
}

/// An answer, or the body of an error.
package struct Answer: Decodable, Sendable {
    var item: Item?
    var items: [Item]?
    /// The last key of a scan that did not reach the end of the table.
    var lastEvaluatedKey: Item?
    var attributes: Item?
    var responses: [String: [Item]]?
    var unprocessedKeys: [String: Message.Keys]?
    package var timeToLiveDescription: [String: String]?
    package var table: TableDescription?
    /// The type of an error, `namespace#Code`, under `__type`.
    var type: String?
    var message: String?
    var cancellationReasons: [Reason]?

    package struct TableDescription: Decodable, Sendable {
        package var keySchema: [[String: String]]
        package var attributeDefinitions: [[String: String]]
    }

    package struct Reason: Decodable, Sendable {
        var code: String?
    }
}
#endif
