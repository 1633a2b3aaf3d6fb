import DynamoDBStore
import Headcount
import SQLiteStore

/// Opens the store that the settings name.
func makeStore(_ configuration: Configuration, by deadline: Deadline) throws(StartFailure) -> any CounterStore {
    switch configuration.store {
    case .sqlite:
        do {
            return try SQLiteStore(path: configuration.database, maximumPages: configuration.maximumPages, by: deadline)
        } catch {
            throw StartFailure(configuration.database, error)
        }
    case .dynamodb:
        #if DynamoDB
        do {
            return try DynamoDBStore(configuration, now: Instant.now)
        } catch {
            throw StartFailure(error)
        }
        #else
        throw StartFailure(.withoutDynamoDB)
        #endif
    }
}
