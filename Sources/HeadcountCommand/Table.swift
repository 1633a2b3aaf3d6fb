import ArgumentParser
import Headcount

#if DynamoDB
import DynamoDBStore
import Glibc

/// What the command does with DynamoDB.
enum Table {
    static let subcommands: [any ParsableCommand.Type] = [ImportOriginal.self]

    static func store(_ configuration: Configuration) throws(ConfigurationError) -> DynamoDBStore {
        try DynamoDBStore(configuration, now: Instant.now)
    }

    static func examine(_ configuration: Configuration) throws -> [Finding] {
        let store = try store(configuration)
        defer { try? store.close() }
        let site = try store.tally(for: nil).site
        return [.fine("the table answers: \(site.inWords)"), expiry(in: store, configuration.table)].compactMap { $0 }
    }

    private static func expiry(in store: DynamoDBStore, _ table: String) -> Finding? {
        do {
            guard try !store.deletesExpired() else { return nil }
            return .warning(
                "hashes of visitors stay in the table for good, since nothing deletes what has expired; run: "
                    + "aws dynamodb update-time-to-live --table-name \(table)"
                    + " --time-to-live-specification Enabled=true,AttributeName=expires"
            )
        } catch {
            return .warning("can't tell whether the table deletes what has expired: \(error)")
        }
    }
}
#else
/// What a command built without DynamoDB says of it.
enum Table {
    static let subcommands: [any ParsableCommand.Type] = []

    static func store(_: Configuration) throws(ConfigurationError) -> any OwnersStore {
        throw .withoutDynamoDB
    }

    static func examine(_: Configuration) throws(ConfigurationError) -> [Finding] {
        throw .withoutDynamoDB
    }
}
#endif
