#if DynamoDB
import Headcount
import NIOCore

/// The table, one item a call. What the items mean is in its extensions, one for each kind.
struct Table: Sendable {
    let name: String
    var dynamoDB: DynamoDB

    /// - Returns: `nil` when there is none.
    func item(_ key: Key, until deadline: NIODeadline) async throws(CallError) -> Item? {
        let get = Get(tableName: name, key: key.item)
        let output: Get.Output = try await dynamoDB.call(.getItem, get, isRepeatable: true, until: deadline)
        return output.item
    }

    /// Reads many, a hundred a call and several calls side by side.
    ///
    /// - Parameter deadline: is asked for before each call.
    /// - Returns: those that there are.
    func items(
        _ keys: [Key],
        until deadline: @autoclosure @escaping @Sendable () -> NIODeadline
    ) async throws(CallError) -> [Key: Item] {
        let calls = stride(from: 0, to: keys.count, by: BatchGet.limit).map {
            keys[$0..<min($0 + BatchGet.limit, keys.count)].map(\.item)
        }
        let results = await concurrently(calls) { keys throws(CallError) in try await batch(keys, until: deadline()) }
        var items: [Key: Item] = [:]
        for result in results {
            for item in try result.get() {
                if let key = item["pk"]?.string { items[Key(text: key)] = item }
            }
        }
        return items
    }

    /// Asks again for what DynamoDB leaves over.
    private func batch(_ keys: [Item], until deadline: NIODeadline) async throws(CallError) -> [Item] {
        var rest = keys
        var items: [Item] = []
        for attempt in 0... {
            let get = BatchGet(requestItems: [name: .init(keys: rest, consistentRead: true)])
            let output: BatchGet.Output =
                try await dynamoDB.call(.batchGetItem, get, isRepeatable: true, until: deadline)
            items += output.responses?[name] ?? []
            rest = output.unprocessedKeys?[name]?.keys ?? []
            if rest.isEmpty { break }
            guard await dynamoDB.pause(after: attempt, until: deadline) else {
                throw .postponed("DynamoDB leaves keys over")
            }
        }
        return items
    }

    /// - Parameter isRepeatable: whether the condition makes a second time harmless.
    func put(_ write: Write, isRepeatable: Bool, until deadline: NIODeadline) async throws(CallError) {
        let _: Write.Output = try await dynamoDB.call(.putItem, write, isRepeatable: isRepeatable, until: deadline)
    }

    func delete(_ write: Write, until deadline: NIODeadline) async throws(CallError) {
        let _: Write.Output = try await dynamoDB.call(.deleteItem, write, isRepeatable: true, until: deadline)
    }

    /// All of it or nothing.
    func transact(_ writes: [[String: Write]], until deadline: NIODeadline) async throws(CallError) {
        let transaction = Transaction(transactItems: writes, clientRequestToken: Self.token())
        let _: Transaction.Output =
            try await dynamoDB.call(.transactWriteItems, transaction, isRepeatable: true, until: deadline)
    }

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
