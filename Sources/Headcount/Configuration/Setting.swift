/// One row of the table of settings. The configuration, its error messages, `headcount check` and the documents are
/// generated from this table; to add a setting, add a row here and a stored property to ``Configuration``.
package struct Setting: Sendable {
    package let name: String
    /// The allowed values, worded to follow “must be” and “Allowed:”.
    package let allowed: String
    /// What the setting does, in one or two sentences.
    package let help: String
    /// Whether error messages hide the value.
    let isSecret: Bool
    /// Parses a value and stores it; `false` if it isn't allowed.
    let set: @Sendable (_ configuration: inout Configuration, _ value: String) -> Bool
    /// The current value as written in the settings file; empty if there is none.
    let text: @Sendable (Configuration) -> String

    package var defaultText: String { text(Configuration()) }

    /// Every setting, in the order of the documents.
    package static let all = inFile + [file]

    /// The settings that belong in the settings file.
    package static let inFile: [Setting] = [
        Setting(
            "HEADCOUNT_ALLOWED_ORIGINS",
            \.cors,
            allowed: "`*` or a comma-separated list of origins like `https://example.com` or `https://*.example.com`",
            help: "The sites whose pages may use the counter. `https://*.example.com` is every subdomain, but not "
                + "`example.com` itself.",
            parse: { $0 == "*" ? .any : list($0, OriginPattern.init).map(CORS.only) }
        ),
        Setting(
            "HEADCOUNT_IGNORE",
            \.ignored,
            allowed: "a comma-separated list of addresses or CIDR blocks like `192.0.2.1` or `2001:db8::/32`",
            help: "Addresses whose visits are not counted, such as your own.",
            parse: { list($0, AddressBlock.init) },
            print: { $0.map(\.description).joined(separator: ",") }
        ),
        Setting(
            "HEADCOUNT_CRAWLERS",
            \.countsCrawlers,
            allowed: "`ignore` or `count`",
            help: "Whether crawlers that identify themselves are counted.",
            parse: { ["ignore": false, "count": true][$0] },
            print: { $0 ? "count" : "ignore" }
        ),
        Setting(
            "HEADCOUNT_STATS",
            \.hasPublicStatistics,
            allowed: "`private` or `public`",
            help: "Who may see the statistics. If they are private and no password is set, they answer 404.",
            parse: { ["private": false, "public": true][$0] },
            print: { $0 ? "public" : "private" }
        ),
        Setting(
            "HEADCOUNT_STATS_PASSWORD",
            \.statisticsPassword,
            allowed: "text without control characters",
            help: "The password of private statistics, with any user name. Use HTTPS.",
            isSecret: true,
            parse: { Password($0).map(Optional.some) },
            print: { $0 == nil ? "" : "***" }
        ),
        Setting(
            "HEADCOUNT_MAX_PAGES",
            \.maximumPages,
            allowed: "a whole number from 0 to 1000000",
            help: "How many pages get separate numbers. Visits to other pages count for the site only.",
            parse: { $0.isDecimal ? Int($0).flatMap { $0 <= 1_000_000 ? $0 : nil } : nil }
        ),
        Setting(
            "HEADCOUNT_COUNT_PATH",
            \.countPath,
            allowed: "a path like `/ResumeSiteCounter` that the API does not use, in ASCII, without `?` or `%`",
            help: "One more path that counts visits, if your pages already call one.",
            parse: { isReserved($0) ? nil : path($0).map(Optional.some) },
            print: { $0 ?? "" }
        ),
        Setting(
            "HEADCOUNT_BASE_PATH",
            \.basePath,
            allowed: "a path like `/counter`, in ASCII, without `?` or `%`",
            help: "A path in front of every other: with `/counter`, visits go to `/counter/headcount`.",
            parse: { $0 == "/" ? "" : path($0.hasSuffix("/") ? String($0.dropLast()) : $0) }
        ),
        Setting(
            "HEADCOUNT_CLOUDFRONT",
            \.isBehindCloudFront,
            allowed: "`no` or `yes`",
            help: "Whether visitors come through Amazon CloudFront, whose header `CloudFront-Viewer-Address` has their "
                + "addresses. For AWS Lambda only.",
            parse: { ["no": false, "yes": true][$0] },
            print: { $0 ? "yes" : "no" }
        ),
        Setting(
            "HEADCOUNT_STORE",
            \.store,
            allowed: "`sqlite` or `dynamodb`",
            help: "Where the numbers are kept: in a SQLite file or an Amazon DynamoDB table.",
            parse: { Configuration.Store(rawValue: $0) }
        ),
        Setting(
            "HEADCOUNT_DATABASE",
            \.database,
            allowed: "the absolute path of a file",
            help: "The SQLite file. Its directory must exist and be writable.",
            parse: { $0.hasPrefix("/") && !$0.hasSuffix("/") ? $0 : nil }
        ),
        Setting(
            "HEADCOUNT_DYNAMODB_TABLE",
            \.table,
            allowed: "the name of a table: 3 to 255 letters, digits, `_`, `.` or `-`",
            help: "The DynamoDB table. Required with `HEADCOUNT_STORE=dynamodb`.",
            parse: { $0 }
        ),
        Setting(
            "HEADCOUNT_DYNAMODB_ENDPOINT",
            \.endpoint,
            allowed: "a URL like `http://127.0.0.1:8000`, without a path",
            help: "Another server that speaks DynamoDB's protocol, instead of AWS.",
            parse: { $0 }
        ),
        Setting(
            "HEADCOUNT_LISTEN",
            \.listen,
            allowed: "the absolute path of a Unix socket (at most 107 bytes), or an address like `127.0.0.1:9000`"
                + " or `[::1]:9000`",
            help: "Where to listen if the program gets no socket; `headcount.socket` passes one.",
            parse: { Configuration.ListenAddress($0).map(Optional.some) },
            print: { $0?.description ?? "" }
        ),
        Setting(
            "HEADCOUNT_LOG_LEVEL",
            \.logLevel,
            allowed: "one of " + Configuration.LogLevel.allCases.map { "`\($0)`" }.joined(separator: ", "),
            help: "The least severe messages to log. Requests are never logged.",
            parse: { Configuration.LogLevel(rawValue: $0) }
        ),
    ]

    /// The path of the settings file, which ``Configuration/load(_:)`` reads first.
    private static let file = Setting(
        name: "HEADCOUNT_CONFIG",
        allowed: "the path of a file",
        help: "The settings file, which must exist if you name one; empty for none. Only in the environment.",
        isSecret: false,
        set: { _, _ in true },
        text: { _ in Configuration.defaultFile }
    )
}

extension Setting {
    /// - Parameter parse: returns `nil` if the value isn't allowed. For an optional property it must return
    ///   `.some(value)`, and `print` must be given.
    private init<Value>(
        _ name: String,
        _ property: WritableKeyPath<Configuration, Value> & Sendable,
        allowed: String,
        help: String,
        isSecret: Bool = false,
        parse: @escaping @Sendable (String) -> Value?,
        print: @escaping @Sendable (Value) -> String = { "\($0)" }
    ) {
        self.init(
            name: name,
            allowed: allowed,
            help: help,
            isSecret: isSecret,
            set: { configuration, value in
                guard let parsed = parse(value) else { return false }
                configuration[keyPath: property] = parsed
                return true
            },
            text: { print($0[keyPath: property]) }
        )
    }

    /// - Returns: `nil` if the list is empty, or an entry can't be parsed.
    private static func list<Entry>(_ text: String, _ parse: (Substring) -> Entry?) -> [Entry]? {
        let entries = text.split(separator: ",").map { $0.trimmingASCIIWhitespace() }.filter { !$0.isEmpty }
        let parsed = entries.compactMap(parse)
        return parsed.isEmpty || parsed.count < entries.count ? nil : parsed
    }

    /// - Returns: `nil` unless the text is a path that means the same in a URI and decoded.
    private static func path(_ text: String) -> String? {
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"?#%\"<>\\^`{|}".utf8.contains($0) }
        return text.hasPrefix("/") && isPlain ? text : nil
    }

    /// Whether the API may use this path, now or in a later version.
    private static func isReserved(_ path: String) -> Bool {
        path == "/" || path == "/headcount" || path.hasPrefix("/headcount.") || path.hasPrefix("/headcount/")
    }
}
