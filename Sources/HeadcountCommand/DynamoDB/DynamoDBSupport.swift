import ArgumentParser
import Headcount

#if DynamoDB
import DynamoDBStore
import Glibc

/// The parts of the command that need DynamoDB.
enum DynamoDBSupport {
    static let subcommands: [any ParsableCommand.Type] = [ImportOriginal.self]

    static func store(_ configuration: Configuration) throws(ConfigurationError) -> DynamoDBStore {
        try DynamoDBStore(configuration, now: Instant.now)
    }

    static func check(_ configuration: Configuration) throws -> [Finding] {
        let store = try store(configuration)
        defer { try? store.close() }
        let site = try store.tally(for: nil).site
        return [.fine("the table answers: \(site.inWords)")] + checkExpiry(in: store, configuration.table)
    }

    private static func checkExpiry(in store: DynamoDBStore, _ table: String) -> [Finding] {
        do {
            guard try !store.deletesExpired() else { return [] }
            return [
                .warning(
                    "the table keeps hashes of visitors forever, since it does not delete expired items; run: "
                        + "aws dynamodb update-time-to-live --table-name \(table)"
                        + " --time-to-live-specification Enabled=true,AttributeName=expires"
                )
            ]
        } catch {
            return [.warning("can't check whether the table deletes expired items: \(error)")]
        }
    }
}
#else
/// The command without DynamoDB.
enum DynamoDBSupport {
    static let subcommands: [any ParsableCommand.Type] = []

    static func store(_: Configuration) throws(ConfigurationError) -> any OwnerStore {
        throw .withoutDynamoDB
    }

    static func check(_: Configuration) throws(ConfigurationError) -> [Finding] {
        throw .withoutDynamoDB
    }
}
#endif
