#if DynamoDB
import Headcount
import NIOCore

/// The table, for one operation of the store. What its items mean is in the extensions, one for each kind.
struct Table: Sendable {
    let name: String
    var dynamoDB: DynamoDB
    var maximumPages: Int
    /// When the operation is given up.
    var deadline = NIODeadline.distantFuture

    func until(_ deadline: NIODeadline) -> Table {
        var table = self
        table.deadline = deadline
        return table
    }

    /// - Returns: `nil` when there is none.
    func item(_ key: Key) async throws(CallError) -> Item? {
        let get = Message(tableName: name, key: key.item, consistentRead: true)
        return try await dynamoDB.call("GetItem", get, until: deadline).item
    }

    /// Reads many, a hundred a call and several calls side by side.
    ///
    /// - Returns: those that there are.
    func items(_ keys: [Key]) async throws(CallError) -> [Key: Item] {
        let calls = stride(from: 0, to: keys.count, by: 100).map { keys[$0..<min($0 + 100, keys.count)].map(\.item) }
        let results = await concurrently(calls) { keys throws(CallError) in try await batch(keys) }
        var items: [Key: Item] = [:]
        for result in results {
            for item in try result.get() {
                if let key = item["pk"]?.string { items[Key(text: key)] = item }
            }
        }
        return items
    }

    /// Asks again for what DynamoDB leaves over.
    private func batch(_ keys: [Item]) async throws(CallError) -> [Item] {
        var rest = keys
        var items: [Item] = []
        for attempt in 0... {
            let get = Message(requestItems: [name: .init(keys: rest, consistentRead: true)])
            let answer = try await dynamoDB.call("BatchGetItem", get, until: deadline)
            items += answer.responses?[name] ?? []
            rest = answer.unprocessedKeys?[name]?.keys ?? []
            if rest.isEmpty { break }
            guard await dynamoDB.pause(after: attempt, until: deadline) else {
                throw .postponed("DynamoDB leaves keys over")
            }
        }
        return items
    }

    func put(_ key: Key, _ attributes: Item) -> Message {
        Message(tableName: name, item: key.item.merging(attributes) { $1 })
    }

    func delete(_ key: Key) -> Message { Message(tableName: name, key: key.item) }

    /// - Parameters:
    ///   - add: to numbers, and to sets.
    ///   - initial: is set where there is no such attribute.
    ///   - delete: from sets.
    func update(
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

    /// All of it or nothing.
    ///
    /// - Returns: nothing when it is done; when it was cancelled, a code for each write, `None` for those that were right.
    func transact(_ writes: [Message]) async throws(CallError) -> [String] {
        let transaction = Message(transactItems: writes.map { [$0.kind: $0] }, clientRequestToken: Self.token())
        do throws(CallError) {
            _ = try await dynamoDB.call("TransactWriteItems", transaction, until: deadline)
            return []
        } catch {
            guard case .cancelled(let codes) = error, codes.allSatisfy(Self.passingCodes.contains) else { throw error }
            return codes
        }
    }

    /// Of a transaction that may be tried again, with what is read by then (“TransactWriteItems”, `CancellationReasons`).
    private static let passingCodes: Set<String> = [
        "None", "ConditionalCheckFailed", "TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError",
    ]

    /// 128 random bits.
    static func token() -> String {
        (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined(separator: "-")
    }
}

/// Works on many things side by side, on 32 of them at a time.
///
/// - Returns: the results, in order.
func concurrently<Input: Sendable, Output: Sendable>(
    _ inputs: [Input],
    _ work: @escaping @Sendable (Input) async throws(CallError) -> Output
) async -> [Result<Output, CallError>] {
    await withTaskGroup(of: (Int, Result<Output, CallError>).self) { group in
        var results: [Result<Output, CallError>?] = Array(repeating: nil, count: inputs.count)
        for (index, input) in inputs.enumerated() {
            if index >= 32, let (done, result) = await group.next() { results[done] = result }
            group.addTask {
                do throws(CallError) {
                    return (index, .success(try await work(input)))
                } catch {
                    return (index, .failure(error))
                }
            }
        }
        for await (done, result) in group { results[done] = result }
        return results.compactMap { $0 }
    }
}
#endif
