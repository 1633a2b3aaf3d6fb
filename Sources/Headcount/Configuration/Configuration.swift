/// The settings, read once at start. ``Setting/all`` defines each `HEADCOUNT_*`.
package struct Configuration: Sendable, Equatable {
    var cors = CORS.any
    /// Addresses whose visits are not counted.
    package var ignored: [AddressBlock] = []
    package var countsCrawlers = false
    var hasPublicStatistics = false
    package var statisticsPassword: Password?
    /// 0 to 1,000,000.
    package var maximumPages = 1000
    /// One more path that counts, besides ``CountEndpoint/path``.
    package var countPath: String?
    /// Empty, or `/…` without a trailing slash.
    package var basePath = ""
    /// Whether Lambda's visitors come through Amazon CloudFront, which names their address in a header.
    package var isBehindCloudFront = false
    package var store = Store.sqlite
    package var database = "/var/lib/headcount/headcount.db"
    /// The DynamoDB table's name, as written. `DynamoDBStore` checks it.
    package var table = ""
    /// The URL of a DynamoDB server other than AWS's, as written. `DynamoDBStore` checks it.
    package var endpoint = ""
    /// `nil` if the parent process passes a socket.
    package var listen: ListenAddress?
    package var logLevel = LogLevel.info
    /// The variables `AWS_*`: the region and the credentials for `DynamoDBStore`, and on Lambda the function's version.
    package var aws: [String: String] = [:]

    package init() {}

    /// Where the numbers are kept.
    package enum Store: String, Sendable {
        case sqlite, dynamodb
    }

    /// The levels of swift-log.
    package enum LogLevel: String, Sendable, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    /// Who may read the statistics.
    enum StatisticsAccess: Sendable, Equatable {
        /// Private without a password: the path answers 404.
        case hidden
        case password(Password)
        case `public`
    }

    var statisticsAccess: StatisticsAccess {
        if hasPublicStatistics { return .public }
        return statisticsPassword.map(StatisticsAccess.password) ?? .hidden
    }
}

extension Configuration {
    /// Reads the `HEADCOUNT_*` of an environment, and keeps the `AWS_*`. An empty value selects the default.
    ///
    /// - Throws: every unknown name and every invalid value.
    package init(environment: [String: String]) throws(ConfigurationError) {
        self.init()
        aws = environment.filter { $0.key.hasPrefix("AWS_") }
        var problems: [ConfigurationProblem] = []
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("HEADCOUNT_") {
            let setting = Setting.all.first { $0.name == name }
            if let setting, value.isEmpty || setting.set(&self, value) { continue }
            problems.append(ConfigurationProblem(name: name, value: value))
        }
        guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
    }

    /// The current settings, in the order of the documents and the format of the settings file. Passwords are masked.
    package var settings: [(name: String, value: String)] {
        Setting.inFile.map { ($0.name, $0.text(self)) }
    }
}
