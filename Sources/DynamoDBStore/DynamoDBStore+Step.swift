#if DynamoDB
import Headcount
import NIOCore

extension DynamoDBStore {
    /// Runs one step of the command, with a deadline of a minute and no page limit.
    package func step<Value: Sendable>(
        _ work: @escaping @Sendable (Table) async throws(CallError) -> Value
    ) throws(StoreError) -> Value {
        try waiting(until: .now() + .minutes(1)) { (table) throws(CallError) in
            var table = table
            table.maximumPages = .max
            return try await work(table)
        }
    }
}
#endif
