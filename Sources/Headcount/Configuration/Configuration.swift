/// What the owner decides, read once at start from `HEADCOUNT_*`, and from `AWS_*` where the numbers are kept there.
package struct Configuration: Sendable, Equatable {
    /// `HEADCOUNT_STORE`
    package var store = Store.sqlite
    /// `HEADCOUNT_DYNAMODB_TABLE`: the table's name, when the store is DynamoDB.
    package var table = ""
    /// `HEADCOUNT_DYNAMODB_ENDPOINT`: a server that speaks DynamoDB's protocol; `nil` for AWS's own of the region.
    package var endpoint: Endpoint?
    /// `AWS_*`: the region and the credentials, by name, as AWS's own programs have them.
    package var aws: [String: String] = [:]
    /// `HEADCOUNT_DATABASE`: the path of the SQLite file.
    package var database = "/var/lib/headcount/headcount.db"
    /// `HEADCOUNT_COUNT_PATH`
    package var countPath = "/count"
    /// `HEADCOUNT_BASE_PATH`: what the web server puts in front of every path; empty or `/…` without a slash behind.
    package var basePath = ""
    /// `HEADCOUNT_ALLOWED_ORIGINS`
    package var cors = CORS.any
    /// `HEADCOUNT_IGNORE`: who is answered and not counted.
    package var ignored: [AddressBlock] = []
    /// `HEADCOUNT_CRAWLERS`: whether a crawler's visit counts like anyone's.
    package var countsCrawlers = false
    /// `HEADCOUNT_STATS` and `HEADCOUNT_STATS_PASSWORD`
    package var statistics = StatisticsReaders.nobody
    /// `HEADCOUNT_MAX_PAGES`: 0 to 1,000,000.
    package var maximumPages = 1000
    /// `HEADCOUNT_LISTEN`; `nil` when a parent passes the socket.
    package var listen: ListenAddress?
    /// `HEADCOUNT_LOG_LEVEL`
    package var logLevel = LogLevel.info

    package init() {}

    /// Where the numbers are kept.
    package enum Store: String, Sendable, CaseIterable {
        case sqlite, dynamodb
    }

    /// Where the responder listens when nobody passes it a socket.
    package enum ListenAddress: Sendable, Equatable {
        /// The path of a Unix socket, at most 107 bytes (unix(7)).
        case unix(path: String)
        /// An address and a port from 1 to 65535.
        case tcp(IPAddress, port: UInt16)
    }

    /// Who may read `/stats`.
    package enum StatisticsReaders: Sendable, Equatable {
        /// `private`, and no password is set: to everybody the path does not exist.
        case nobody
        /// `private`
        case whoProves(Password)
        /// `public`
        case everybody
    }

    /// The levels of swift-log.
    package enum LogLevel: String, Sendable, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }
}

/// One setting that can't be used: a line for the owner.
package struct ConfigurationProblem: Error, Sendable, Equatable, CustomStringConvertible {
    package var name: String
    package var value: String
    /// What is allowed.
    package var allowed: String

    package init(name: String, value: String, allowed: String) {
        self.name = name
        self.value = value
        self.allowed = allowed
    }

    package var description: String {
        let shown = value.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : String($0) }.joined()
        return "\(name)=\(shown): \(allowed)"
    }
}

/// All that is wrong, so that the owner mends it in one go.
package struct ConfigurationError: Error, Sendable, Equatable {
    package var problems: [ConfigurationProblem]

    package init(problems: [ConfigurationProblem]) { self.problems = problems }

    /// Of a program that was built without the package trait `DynamoDB`.
    package static let withoutDynamoDB = ConfigurationError(problems: [
        ConfigurationProblem(
            name: "HEADCOUNT_STORE",
            value: "dynamodb",
            allowed: "this program was built without DynamoDB; `make build` makes one that has it"
        )
    ])
}
