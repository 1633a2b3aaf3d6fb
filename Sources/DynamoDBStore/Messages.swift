#if DynamoDB
// What goes to DynamoDB and comes back (Amazon DynamoDB API Reference, API version 2012-08-10). Members are named as in the
// API but for the first letter, which `DynamoDB` sets.

/// An operation, by its name.
struct Operation: RawRepresentable, Sendable {
    let rawValue: String

    static let getItem = Operation(rawValue: "GetItem")
    static let batchGetItem = Operation(rawValue: "BatchGetItem")
    static let putItem = Operation(rawValue: "PutItem")
    static let updateItem = Operation(rawValue: "UpdateItem")
    static let deleteItem = Operation(rawValue: "DeleteItem")
    static let transactWriteItems = Operation(rawValue: "TransactWriteItems")
    static let describeTimeToLive = Operation(rawValue: "DescribeTimeToLive")

    /// Whether it changes nothing, so that there is no doubt of what it did.
    var isRead: Bool { [Self.getItem, .batchGetItem, .describeTimeToLive].contains { $0.rawValue == rawValue } }
}

struct Get: Encodable, Sendable {
    var tableName: String
    var key: Item
    /// Nothing older than the last write that was acknowledged.
    var consistentRead = true
    /// The attributes wanted; `nil` for all.
    var projectionExpression: String?
    var expressionAttributeNames: [String: String]?

    struct Output: Decodable, Sendable {
        var item: Item?
    }
}

struct BatchGet: Encodable, Sendable {
    /// By table.
    var requestItems: [String: Keys]

    struct Keys: Codable, Sendable {
        var keys: [Item]
        var consistentRead: Bool?
    }

    struct Output: Decodable, Sendable {
        var responses: [String: [Item]]?
        var unprocessedKeys: [String: Keys]?
    }

    /// The most keys a call may have.
    static let limit = 100
}

/// Asks whether a table's items expire.
struct DescribeTimeToLive: Encodable, Sendable {
    var tableName: String

    struct Output: Decodable, Sendable {
        var timeToLiveDescription: Description
    }

    struct Description: Decodable, Sendable {
        /// `ENABLED`, `ENABLING`, `DISABLED` or `DISABLING`.
        var timeToLiveStatus: String?
        var attributeName: String?
    }
}

/// A write of one item: with an `item` it puts it, with an expression it updates the one of `key`, with `key` alone it
/// deletes that. In a transaction it looks the same. Expressions name every attribute by a placeholder, `#name`: `count`
/// and others are reserved words.
struct Write: Encodable, Sendable {
    var tableName: String
    var item: Item?
    var key: Item?
    var updateExpression: String?
    var conditionExpression: String?
    var expressionAttributeNames: [String: String]?
    var expressionAttributeValues: Item?
    var returnValues: String?
    /// `ALL_OLD`: a condition that fails tells the item that it failed on.
    var returnValuesOnConditionCheckFailure: String?

    struct Output: Decodable, Sendable {
        var attributes: Item?
    }

    /// Under a condition.
    func when(_ condition: String, _ names: [String], _ values: Item = [:]) -> Write {
        var write = self
        write.conditionExpression = condition
        write.expressionAttributeNames = (expressionAttributeNames ?? [:])
            .merging(names.map { ("#\($0)", $0) }) { $1 }
        let values = (expressionAttributeValues ?? [:]).merging(values) { $1 }
        write.expressionAttributeValues = values.isEmpty ? nil : values
        return write
    }

    func whenAbsent() -> Write { when("attribute_not_exists(#pk)", ["pk"]) }

    func tellingWhatIsThere() -> Write {
        var write = self
        write.returnValuesOnConditionCheckFailure = "ALL_OLD"
        return write
    }
}

struct Transaction: Encodable, Sendable {
    /// Each by its kind: `Put`, `Update`, `Delete`, `ConditionCheck`.
    var transactItems: [[String: Write]]
    /// By this, DynamoDB knows a transaction again for ten minutes, and does not do it twice.
    var clientRequestToken: String

    struct Output: Decodable, Sendable {}
}

/// An error's body.
struct Fault: Decodable, Sendable {
    /// `namespace#Code`
    var type: String?
    var message: String?
    var item: Item?
    var cancellationReasons: [Reason]?

    struct Reason: Decodable, Sendable {
        var code: String?
    }

    private enum CodingKeys: String, CodingKey {
        case type = "__type"
        case message, item, cancellationReasons
    }

    var code: String { type?.split(separator: "#").last.map(String.init) ?? "" }
}
#endif
