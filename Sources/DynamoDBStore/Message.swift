#if DynamoDB
// What goes to DynamoDB and comes back (Amazon DynamoDB API Reference, API version 2012-08-10). Members are named as in the
// API but for the first letter, which `DynamoDB` sets, and mean the same in all operations.

/// A request. Expressions name every attribute by a placeholder, `#name`: `count` and others are reserved words.
struct Message: Encodable, Sendable {
    var tableName: String?
    var key: Item?
    var item: Item?
    /// With `true`, nothing older than the last write that was acknowledged.
    var consistentRead: Bool?
    var updateExpression: String?
    var conditionExpression: String?
    var expressionAttributeNames: [String: String]?
    var expressionAttributeValues: Item?
    var returnValues: String?
    /// With `ALL_OLD`, a condition that fails returns the item that it failed on.
    var returnValuesOnConditionCheckFailure: String?
    /// What to read, by table.
    var requestItems: [String: Keys]?
    /// The writes of a transaction, each by its kind.
    var transactItems: [[String: Message]]?
    /// By this, DynamoDB recognizes a transaction for ten minutes, and does not do it twice.
    var clientRequestToken: String?

    struct Keys: Codable, Sendable {
        var keys: [Item]
        var consistentRead: Bool?
    }

    /// What a write does: puts an item, updates or deletes the one of `key`.
    var kind: String { item != nil ? "Put" : updateExpression != nil ? "Update" : "Delete" }

    /// Under a condition.
    func when(_ condition: String, _ values: Item = [:]) -> Message {
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

    func whenAbsent() -> Message { when("attribute_not_exists(#pk)") }
}

/// An answer, or the body of an error.
struct Answer: Decodable, Sendable {
    var item: Item?
    var attributes: Item?
    var responses: [String: [Item]]?
    var unprocessedKeys: [String: Message.Keys]?
    var timeToLiveDescription: [String: String]?
    /// Of an error: `namespace#Code`, under `__type`.
    var type: String?
    var message: String?
    var cancellationReasons: [Reason]?

    struct Reason: Decodable, Sendable {
        var code: String?
    }
}
#endif
