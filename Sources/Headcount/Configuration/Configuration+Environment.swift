extension Configuration {
    /// Reads every `HEADCOUNT_*` of an environment, and keeps the `AWS_*`; an empty value stands for the default.
    ///
    /// - Throws: everything that is wrong: unknown names, and values that are not allowed.
    package init(environment: [String: String]) throws(ConfigurationError) {
        self.init()
        aws = environment.filter { $0.key.hasPrefix("AWS_") }
        var problems: [ConfigurationProblem] = []
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("HEADCOUNT_") {
            guard let setting = Setting(rawValue: name) else {
                problems.append(.init(name: name, value: Setting.shown(value, of: name), allowed: Setting.unknown))
                continue
            }
            if !value.isEmpty, !set(setting, to: value) {
                problems.append(.init(name: name, value: Setting.shown(value, of: name), allowed: setting.allowed))
            }
        }
        if store == .dynamodb, table.isEmpty, !problems.contains(where: { $0.name == Setting.table.rawValue }) {
            problems.append(.init(name: Setting.table.rawValue, value: "", allowed: Setting.table.allowed))
        }
        guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
    }

    /// - Returns: whether the value is allowed.
    private mutating func set(_ setting: Setting, to value: String) -> Bool {
        switch setting {
        case .config:
            return true
        case .store:
            guard let store = Store(rawValue: value) else { return false }
            self.store = store
        case .table:
            // Amazon DynamoDB API Reference, “CreateTable”, `TableName`; its name, not its ARN.
            let isPlain = value.utf8.allSatisfy { Self.tableNameCharacters.contains($0) }
            guard isPlain, (3...255).contains(value.utf8.count) else { return false }
            table = value
        case .endpoint:
            guard let endpoint = Endpoint(value) else { return false }
            self.endpoint = endpoint
        case .database:
            guard value.hasPrefix("/"), !value.hasSuffix("/") else { return false }
            database = value
        case .countPath:
            guard let path = Self.path(value), !Self.reservedPaths.contains(path) else { return false }
            countPath = path
        case .basePath:
            guard let path = Self.path(value.hasSuffix("/") ? String(value.dropLast()) : value) else {
                basePath = ""
                return value == "/"
            }
            basePath = path
        case .allowedOrigins:
            guard let cors = CORS(setting: value) else { return false }
            self.cors = cors
        case .ignore:
            let entries = value.commaSeparated
            ignored = entries.compactMap { AddressBlock($0) }
            return !entries.isEmpty && ignored.count == entries.count
        case .crawlers:
            guard value == "ignore" || value == "count" else { return false }
            countsCrawlers = value == "count"
        case .statistics:
            guard value == "private" || value == "public" else { return false }
            // "private" comes before the password in the order of names, and leaves it to decide.
            if value == "public" { statistics = .everybody }
        case .statisticsPassword:
            guard let password = Password(value) else { return false }
            if statistics != .everybody { statistics = .whoProves(password) }
        case .maximumPages:
            guard value.isDecimal, let number = Int(value), (0...1_000_000).contains(number) else { return false }
            maximumPages = number
        case .listen:
            guard let address = ListenAddress(value) else { return false }
            listen = address
        case .logLevel:
            guard let level = LogLevel(rawValue: value) else { return false }
            logLevel = level
        }
        return true
    }

    /// What `HEADCOUNT_COUNT_PATH` can't take: the paths of the other routes, and of those to come.
    private static let reservedPaths =
        Set(Router.paths.dropFirst()).union(["/", "/headcount.js"])

    private static let tableNameCharacters =
        Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-".utf8)

    /// A path as it stands in a URI, with nothing to decode in it.
    private static func path(_ text: String) -> String? {
        let allowed = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"?#%\"<>\\^`{|}".utf8.contains($0) }
        return text.hasPrefix("/") && allowed ? text : nil
    }
}

extension Configuration {
    /// All settings in force, written as they could be set again, in the order of the documentation. A secret is masked.
    package var settings: [(name: String, value: String)] {
        Setting.allCases.filter { $0 != .config }.map { ($0.rawValue, value(of: $0)) }
    }

    private func value(of setting: Setting) -> String {
        switch setting {
        case .config: ""
        case .store: store.rawValue
        case .database: database
        case .table: table
        case .endpoint: endpoint?.description ?? ""
        case .countPath: countPath
        case .basePath: basePath
        case .allowedOrigins: "\(cors)"
        case .ignore: ignored.map(\.description).joined(separator: ",")
        case .crawlers: countsCrawlers ? "count" : "ignore"
        case .statistics: statistics == .everybody ? "public" : "private"
        case .statisticsPassword: if case .whoProves = statistics { "***" } else { "" }
        case .maximumPages: "\(maximumPages)"
        case .listen: listen?.description ?? ""
        case .logLevel: logLevel.rawValue
        }
    }
}

/// The names that mean something, and what each one allows.
private enum Setting: String, CaseIterable {
    case config = "HEADCOUNT_CONFIG"
    case store = "HEADCOUNT_STORE"
    case database = "HEADCOUNT_DATABASE"
    case table = "HEADCOUNT_DYNAMODB_TABLE"
    case endpoint = "HEADCOUNT_DYNAMODB_ENDPOINT"
    case countPath = "HEADCOUNT_COUNT_PATH"
    case basePath = "HEADCOUNT_BASE_PATH"
    case allowedOrigins = "HEADCOUNT_ALLOWED_ORIGINS"
    case ignore = "HEADCOUNT_IGNORE"
    case crawlers = "HEADCOUNT_CRAWLERS"
    case statistics = "HEADCOUNT_STATS"
    case statisticsPassword = "HEADCOUNT_STATS_PASSWORD"
    case maximumPages = "HEADCOUNT_MAX_PAGES"
    case listen = "HEADCOUNT_LISTEN"
    case logLevel = "HEADCOUNT_LOG_LEVEL"

    var allowed: String {
        switch self {
        case .config: "must be the path of a file"
        case .store: "must be sqlite or dynamodb"
        case .database: "must be the absolute path of a file"
        case .table: "must be the name of a table, 3 to 255 of A-Z a-z 0-9 _ . -, when HEADCOUNT_STORE is dynamodb"
        case .endpoint: "must be the address of a server like http://127.0.0.1:8000, without a path"
        case .countPath:
            "must be a path like /count, with no query and nothing percent-encoded, and none that means something else"
        case .crawlers: "must be ignore or count"
        case .statistics: "must be private or public"
        case .statisticsPassword: "must have no control characters"
        case .basePath: "must be a path like /headcount, with no query and nothing percent-encoded"
        case .allowedOrigins:
            "must be * or a comma-separated list of origins like https://example.com or https://*.example.com"
        case .ignore: "must be a comma-separated list of addresses or CIDR blocks like 192.0.2.1 or 2001:db8::/32"
        case .maximumPages: "must be a whole number from 0 to 1000000"
        case .listen: "must be the absolute path of a Unix socket (at most 107 bytes) or an address like 127.0.0.1:9000"
        case .logLevel: "must be one of " + Configuration.LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
        }
    }

    /// A mistyped name may be that of a secret, which is no business of the log's.
    static func shown(_ value: String, of name: String) -> String {
        ["PASS", "SECRET", "TOKEN", "KEY"].contains { name.contains($0) } ? "***" : value
    }

    static var unknown: String {
        "no such setting; the settings are " + allCases.map(\.rawValue).joined(separator: ", ")
    }
}

extension CORS {
    /// - Returns: `nil` unless the text is `*`, or a comma-separated list of one or more patterns.
    fileprivate init?(setting: String) {
        let entries = setting.commaSeparated
        if entries == ["*"] {
            self = .any
            return
        }
        let patterns = entries.compactMap { OriginPattern($0) }
        guard !patterns.isEmpty, patterns.count == entries.count else { return nil }
        self = .only(patterns)
    }
}

extension Configuration.ListenAddress {
    /// - Returns: `nil` unless the text is an absolute path, `a.b.c.d:port` or `[v6]:port`.
    package init?(_ text: String) {
        if text.hasPrefix("/") {
            guard text.utf8.count <= 107, !text.hasSuffix("/") else { return nil }
            self = .unix(path: text)
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard digits.isDecimal, let port = UInt16(digits), port > 0 else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard let address = IPAddress(String(host)) else { return nil }
        self = .tcp(address, port: port)
    }
}

extension Configuration.ListenAddress: CustomStringConvertible {
    /// As the setting writes it.
    package var description: String {
        switch self {
        case .unix(let path): path
        case .tcp(let host, let port): host.isIPv4 ? "\(host):\(port)" : "[\(host)]:\(port)"
        }
    }
}

extension CORS: CustomStringConvertible {
    /// As the setting writes it.
    package var description: String {
        switch self {
        case .any: "*"
        case .only(let patterns): patterns.map(\.description).joined(separator: ",")
        }
    }
}

extension StringProtocol {
    fileprivate var isDecimal: Bool { utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } }
}

extension String {
    /// The entries between commas, without the white space around them; empty ones are left out.
    fileprivate var commaSeparated: [Substring] {
        split(separator: ",").map { $0.trimmingASCIIWhitespace() }.filter { !$0.isEmpty }
    }
}

extension Substring {
    package func trimmingASCIIWhitespace() -> Substring {
        let isSpace = { (character: Character) in character == " " || character == "\t" || character == "\r" }
        var trimmed = drop(while: isSpace)
        while let last = trimmed.last, isSpace(last) { trimmed.removeLast() }
        return trimmed
    }
}
