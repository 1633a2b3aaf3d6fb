#if DynamoDB
import DynamoDBStore
import FoundationEssentials
import Glibc
import Headcount
import LambdaRuntime
import Logging

/// The Lambda function. Packaged as `bootstrap`, it runs on the runtime `provided.al2023`.
@main
enum Main {
    static func main() {
        let environment = ProcessInfo.processInfo.environment
        guard let authority = environment["AWS_LAMBDA_RUNTIME_API"], !authority.isEmpty else {
            logCritical("AWS_LAMBDA_RUNTIME_API is not set: only AWS Lambda can start this program")
            exit(EX_USAGE)
        }
        let api = RuntimeAPI(authority: authority)
        do {
            try run(api, environment)
        } catch let error as ConfigurationError {
            let lines = error.problems.map(\.description)
            lines.forEach(logCritical)
            try? api.fail(type: "Headcount.Configuration", message: lines.joined(separator: "\n"))
            exit(EX_CONFIG)
        } catch {
            logCritical("\(error)")
            exit(EX_UNAVAILABLE)
        }
    }

    private static func run(_ api: RuntimeAPI, _ environment: [String: String]) throws -> Never {
        let configuration = try Configuration.load(environment.withDynamoDB)
        guard configuration.store == .dynamodb else {
            throw ConfigurationError(problems: [
                .init(
                    name: "HEADCOUNT_STORE",
                    value: configuration.store.rawValue,
                    allowed: "must be dynamodb on Lambda"
                )
            ])
        }
        let log = makeLog(configuration.logLevel)
        let store = try DynamoDBStore(configuration, now: Instant.now)
        let service = Service(configuration: configuration, log: log, now: Instant.now) { store }
        // Connects and reads the salt while Lambda waits, for up to 10 s (Lambda Developer Guide, “Understanding the Lambda
        // execution environment lifecycle”), instead of during the first visit. A failure is logged, and the first visit
        // tries again.
        _ = service.maintain()
        try api.run(service, configuration, log: log)
    }

    private static func makeLog(_ level: Configuration.LogLevel) -> Logger {
        LoggingSystem.bootstrap(
            { _, provider in JSONLogHandler(metadataProvider: provider) },
            metadataProvider: CurrentInvocation.metadata
        )
        var log = Logger(label: "headcount-lambda")
        log.logLevel = Logger.Level(rawValue: level.rawValue) ?? .info
        return log
    }

    private static func logCritical(_ line: String) {
        Logger(label: "headcount-lambda") { _ in JSONLogHandler(metadataProvider: nil) }.critical("\(line)")
    }
}

extension [String: String] {
    /// Lambda has no persistent disk, so the store defaults to DynamoDB.
    fileprivate var withDynamoDB: [String: String] {
        merging(["HEADCOUNT_STORE": "dynamodb"]) { given, fallback in given.isEmpty ? fallback : given }
    }
}
#else
import Glibc
import Headcount

@main
enum Main {
    static func main() {
        let text = "headcount-lambda: this was built without DynamoDB; build it with `make lambda`\n"
        _ = writeAll(text, to: STDERR_FILENO)
        exit(EX_CONFIG)
    }
}
#endif
