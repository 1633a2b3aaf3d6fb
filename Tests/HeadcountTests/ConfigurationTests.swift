import Testing

@testable import Headcount

@Suite("The configuration")
struct ConfigurationTests {
    @Test("has defaults, also for empty values")
    func defaults() throws {
        #expect(try Configuration(environment: ["PATH": "/bin", "HEADCOUNT_DATABASE": ""]) == Configuration())
    }

    @Test("reads every setting")
    func reads() throws {
        let configuration = try Configuration(environment: [
            "HEADCOUNT_STORE": "sqlite", "HEADCOUNT_DATABASE": "/srv/h.db",
            "HEADCOUNT_COUNT_PATH": "/ResumeSiteCounter",
            "HEADCOUNT_BASE_PATH": "/hc/", "HEADCOUNT_ALLOWED_ORIGINS": "https://a.test , https://*.b.test",
            "HEADCOUNT_IGNORE": "127.0.0.1,2001:db8::/32", "HEADCOUNT_MAX_PAGES": "5",
            "HEADCOUNT_LISTEN": "[::1]:9000", "HEADCOUNT_LOG_LEVEL": "debug", "HEADCOUNT_CONFIG": "",
            "HEADCOUNT_CRAWLERS": "count", "HEADCOUNT_STATS": "private", "HEADCOUNT_STATS_PASSWORD": "a b",
            "HEADCOUNT_CLOUDFRONT": "yes",
        ])
        #expect(configuration.database == "/srv/h.db")
        #expect(configuration.countPath == "/ResumeSiteCounter")
        #expect(configuration.basePath == "/hc")
        #expect(configuration.cors.admits("https://x.b.test"))
        #expect(configuration.ignored.count == 2)
        #expect(configuration.maximumPages == 5)
        #expect(configuration.listen == .tcp(try #require(IPAddress("::1")), port: 9000))
        #expect(configuration.logLevel == .debug)
        #expect(configuration.countsCrawlers)
        #expect(configuration.isBehindCloudFront)
        #expect(configuration.statisticsAccess == .password(try #require(Password("a b"))))
    }

    @Test(
        "refuses bad values, naming the setting, the value and the remedy",
        arguments: [
            ("HEADCOUNT_STORE", "must be `sqlite` or `dynamodb`", ["mysql"]),
            ("HEADCOUNT_DATABASE", "absolute path of a file", ["headcount.db", "/srv/"]),
            (
                "HEADCOUNT_COUNT_PATH", "a path like `/ResumeSiteCounter`",
                ["count", "/", "/a?b", "/a b", "/a%20b", "/zähler", "/headcount", "/headcount/stats", "/headcount.js"]
            ),
            ("HEADCOUNT_BASE_PATH", "a path like `/counter`", ["hc", "/hc?", "https://example.com/hc"]),
            (
                "HEADCOUNT_ALLOWED_ORIGINS", "https://*.example.com",
                ["example.com", "https://example.com/", "https://*", "*,https://a.test", "null", ","]
            ),
            ("HEADCOUNT_IGNORE", "CIDR", ["me", "1.2.3.4/40", "10.0.0.1-10.0.0.9", " , ", "192.0.2.1, home"]),
            ("HEADCOUNT_MAX_PAGES", "0 to 1000000", ["-1", "+5", "1e3", "many", "1000001", "99999999999999999999"]),
            (
                "HEADCOUNT_LISTEN", "127.0.0.1:9000",
                [
                    "headcount.sock", "9000", "127.0.0.1:65536", "localhost:9000",
                    "/" + String(repeating: "x", count: 107),
                ]
            ),
            ("HEADCOUNT_LOG_LEVEL", "warning", ["loud", "INFO"]),
            ("HEADCOUNT_CRAWLERS", "`ignore` or `count`", ["no"]),
            ("HEADCOUNT_STATS", "`private` or `public`", ["open"]),
            ("HEADCOUNT_CLOUDFRONT", "`no` or `yes`", ["true", "1"]),
        ]
    )
    func refuses(_ name: String, _ remedy: String, _ values: [String]) throws {
        for value in values {
            let error = try #require(throws: ConfigurationError.self) { try Configuration(environment: [name: value]) }
            let problem = try #require(error.problems.first.map { "\($0)" })
            #expect(error.problems.count == 1)
            #expect(problem.hasPrefix("\(name)=\(value): ") && problem.contains(remedy))
        }
    }

    @Test("does not show a password that it refuses")
    func secret() throws {
        let error = try #require(throws: ConfigurationError.self) {
            try Configuration(environment: ["HEADCOUNT_STATS_PASSWORD": "s3\ncret"])
        }
        #expect(
            error.problems.map(\.description) == ["HEADCOUNT_STATS_PASSWORD: must be text without control characters"]
        )
    }

    @Test(
        "lets the owner choose who may read the statistics",
        arguments: [
            ([:] as [String: String], Configuration.StatisticsAccess.hidden),
            (["HEADCOUNT_STATS": "private"], .hidden),
            (["HEADCOUNT_STATS": "public"], .public),
            (["HEADCOUNT_STATS": "public", "HEADCOUNT_STATS_PASSWORD": "x"], .public),
        ]
    )
    func access(_ settings: [String: String], _ access: Configuration.StatisticsAccess) throws {
        #expect(try Configuration(environment: settings).statisticsAccess == access)
    }

    @Test("lists the settings if a name is unknown, and does not show its value, which may be a secret")
    func unknown() throws {
        let error = try #require(throws: ConfigurationError.self) {
            try Configuration(environment: ["HEADCOUNT_PASSWRD": "s3cret"])
        }
        let lines = error.problems.map(\.description)
        #expect(lines.count == 1)
        #expect(
            lines.allSatisfy {
                $0.hasPrefix("HEADCOUNT_PASSWRD: no such setting") && $0.contains("HEADCOUNT_STATS_PASSWORD")
            }
        )
        #expect(!"\(error.problems)".contains("s3cret"))
    }

    @Test("names all problems at once, each on one line")
    func all() throws {
        let error = try #require(throws: ConfigurationError.self) {
            try Configuration(environment: ["HEADCOUNT_MAX_PAGES": "a\nb", "HEADCOUNT_STORE": "x", "HEADCOUNT_X": "y"])
        }
        #expect(error.problems.map(\.name) == ["HEADCOUNT_MAX_PAGES", "HEADCOUNT_STORE", "HEADCOUNT_X"])
        #expect(error.problems.allSatisfy { !"\($0)".contains("\n") })
    }
}

@Suite("The settings file")
struct EnvironmentFileTests {
    @Test("is read as systemd reads it")
    func reads() throws {
        let settings = try EnvironmentFile.parse(
            """
            # a comment
            ; another
            A=1
              B = two words\t
            C="quoted # text"
            D='single \\ quoted'
            E=one\\
            two
            F="a\\"b"
            G=
            H="first
            second"
            I=a=b\r
            A=2
            """
        )
        #expect(
            settings == [
                "A": "2", "B": "two words", "C": "quoted # text", "D": "single \\ quoted", "E": "onetwo", "F": "a\"b",
                "G": "", "H": "first\nsecond", "I": "a=b",
            ]
        )
    }

    @Test(
        "is refused at the first line that is not a setting",
        arguments: [("A=1\nB", 2), ("=x", 1), ("1A=x", 1), ("A B=x", 1), ("A=\"x", 1)]
    )
    func refuses(_ text: String, _ line: Int) {
        #expect(throws: EnvironmentFile.Malformed(line: line)) { try EnvironmentFile.parse(text) }
    }
}
