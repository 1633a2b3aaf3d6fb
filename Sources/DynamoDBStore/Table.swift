#if DynamoDB
import Headcount
import NIOCore

/// The table, for one operation of the store. Each kind of item has an extension that describes it.
package struct Table: Sendable {
    let name: String
    var dynamoDB: DynamoDB
    var maximumPages: Int
    /// When to give up the operation.
    var deadline = NIODeadline.distantFuture

    func until(_ deadline: NIODeadline) -> Table {
        var table = self
        table.deadline = deadline
        return table
    }

    package var today: Day { Day(containing: dynamoDB.now()) }

    /// Calls an operation whose only parameter is the table.
    package func describe(_ operation: String) async throws(CallError) -> Answer {
        try await dynamoDB.call(operation, Message(tableName: name), until: deadline)
    }

    /// - Returns: `nil` if there is no such item.
    package func item(_ key: Key) async throws(CallError) -> Item? { try await item(primaryKey: key.item) }

    /// - Parameter primaryKey: of any key schema, not only Headcount's.
    package func item(primaryKey: Item) async throws(CallError) -> Item? {
        let get = Message(tableName: name, key: primaryKey, consistentRead: true)
        return try await dynamoDB.call("GetItem", get, until: deadline).item
    }

    /// - Returns: the first items of the table, in no order, and whether there are no others.
    package func scan(limit: Int) async throws(CallError) -> (items: [Item], isAll: Bool) {
        let answer = try await dynamoDB.call("Scan", Message(tableName: name, limit: limit), until: deadline)
        return (answer.items ?? [], answer.lastEvaluatedKey == nil)
    }

    /// Reads many items: a hundred in each call, with concurrent calls.
    ///
    /// - Parameter attributes: the attributes to read, with `pk`; `nil` for all.
    /// - Returns: the items that exist.
    package func items(_ keys: [Key], attributes: [String]? = nil) async throws(CallError) -> [Key: Item] {
        let calls = stride(from: 0, to: keys.count, by: 100).map { keys[$0..<min($0 + 100, keys.count)].map(\.item) }
        let results = await concurrently(calls) { keys throws(CallError) in try await batch(keys, attributes) }
        var items: [Key: Item] = [:]
        for result in results {
            for item in try result.get() {
                if let key = item["pk"]?.string { items[Key(text: key)] = item }
            }
        }
        return items
    }

    /// Reads up to a hundred items. Requests keys again that DynamoDB did not process.
    private func batch(_ keys: [Item], _ attributes: [String]?) async throws(CallError) -> [Item] {
        var rest = keys
        var items: [Item] = []
        for attempt in 0... {
            let request = Message.Keys(
                keys: rest,
                consistentRead: true,
                projectionExpression: attributes?.map { "#\($0)" }.joined(separator: ", "),
                expressionAttributeNames: attributes.map { Dictionary($0.map { ("#\($0)", $0) }) { $1 } }
            )
            let get = Message(requestItems: [name: request])
            let answer = try await dynamoDB.call("BatchGetItem", get, until: deadline)
            items += answer.responses?[name] ?? []
            rest = answer.unprocessedKeys?[name]?.keys ?? []
            if rest.isEmpty { break }
            guard await dynamoDB.pause(after: attempt, until: deadline) else {
                throw .retryable("DynamoDB left keys unprocessed")
            }
        }
        return items
    }

    package func put(_ key: Key, _ attributes: Item) -> Message {
        Message(tableName: name, item: key.item.merging(attributes) { $1 })
    }

    package func delete(_ key: Key) -> Message { Message(tableName: name, key: key.item) }

    /// - Parameters:
    ///   - add: added to numbers and to sets.
    ///   - initial: set if the attribute does not exist.
    ///   - delete: removed from sets.
    package func update(
        _ key: Key,
        add: Item = [:],
        set: Item = [:],
        initial: Item = [:],
        delete: Item = [:],
        remove: [String] = []
    ) -> Message {
        let sets = set.keys.map { "#\($0) = :\($0)" } + initial.keys.map { "#\($0) = if_not_exists(#\($0), :\($0))" }
        let clauses = [
            ("ADD", add.keys.map { "#\($0) :\($0)" }), ("SET", sets), ("DELETE", delete.keys.map { "#\($0) :\($0)" }),
            ("REMOVE", remove.map { "#\($0)" }),
        ]
        let values = [add, set, initial, delete].flatMap { $0 }
        return Message(
            tableName: name,
            key: key.item,
            updateExpression: clauses.filter { !$1.isEmpty }.map { "\($0) \($1.joined(separator: ", "))" }
                .joined(separator: " "),
            expressionAttributeNames: Dictionary((values.map(\.key) + remove).map { ("#\($0)", $0) }) { $1 },
            expressionAttributeValues: values.isEmpty ? nil : Dictionary(values.map { (":\($0)", $1) }) { $1 }
        )
    }

    @discardableResult
    func perform(_ write: Message) async throws(CallError) -> Answer {
        try await dynamoDB.call("\(write.kind)Item", write, until: deadline)
    }

    /// Performs all writes or none.
    ///
    /// - Returns: an empty array on success. If the transaction was cancelled and can be retried, a code for each
    ///   write, `None` for those that did not cause it.
    package func transact(_ writes: [Message]) async throws(CallError) -> [String] {
        let transaction = Message(transactItems: writes.map { [$0.kind: $0] }, clientRequestToken: Self.token())
        do throws(CallError) {
            _ = try await dynamoDB.call("TransactWriteItems", transaction, until: deadline)
            return []
        } catch {
            guard case .cancelled(let codes) = error, codes.allSatisfy(Self.retryableCodes.contains) else {
                throw error
            }
            return codes
        }
    }

    /// Codes after which the caller may read the items and try again (“TransactWriteItems”, `CancellationReasons`).
    private static let retryableCodes = CallError.transientReasons.union(["ConditionalCheckFailed"])

    /// 128 random bits.
    package static func token() -> String {
        (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined(separator: "-")
    }
}

/// Processes all inputs, 32 at a time.
///
/// - Returns: a result for each input, in order.
package func concurrently<Input: Sendable, Output: Sendable>(
    _ inputs: [Input],
    _ work: @escaping @Sendable (Input) async throws(CallError) -> Output
) async -> [Result<Output, CallError>] {
    await withTaskGroup(of: (index: Int, result: Result<Output, CallError>).self) { group in
        var results: [(index: Int, result: Result<Output, CallError>)] = []
        for (index, input) in inputs.enumerated() {
            if index >= 32, let next = await group.next() { results.append(next) }
            group.addTask {
                do throws(CallError) {
                    return (index, .success(try await work(input)))
                } catch {
                    return (index, .failure(error))
                }
            }
        }
        for await next in group { results.append(next) }
        precondition(results.count == inputs.count)
        return results.sorted { $0.index < $1.index }.map(\.result)
    }
}
#endif
