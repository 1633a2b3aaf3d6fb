import Headcount
import Testing

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
        ])
        #expect(configuration.database == "/srv/h.db")
        #expect(configuration.countPath == "/ResumeSiteCounter")
        #expect(configuration.basePath == "/hc")
        #expect(configuration.cors.grant("https://x.b.test") == .origin(try #require(Origin("https://x.b.test"))))
        #expect(configuration.ignored.count == 2)
        #expect(configuration.maximumPages == 5)
        #expect(configuration.listen == .tcp(try #require(IPAddress("::1")), port: 9000))
        #expect(configuration.logLevel == .debug)
        #expect(configuration.countsCrawlers)
        #expect(configuration.statistics == .whoProves(try #require(Password("a b"))))
    }

    @Test(
        "refuses what is not allowed, naming the setting and the value",
        arguments: [
            ("HEADCOUNT_STORE", "mysql"), ("HEADCOUNT_DATABASE", "headcount.db"), ("HEADCOUNT_DATABASE", "/srv/"),
            ("HEADCOUNT_COUNT_PATH", "count"), ("HEADCOUNT_COUNT_PATH", "/"), ("HEADCOUNT_COUNT_PATH", "/a?b"),
            ("HEADCOUNT_COUNT_PATH", "/healthz"), ("HEADCOUNT_COUNT_PATH", "/a%20b"), ("HEADCOUNT_BASE_PATH", "x"),
            ("HEADCOUNT_ALLOWED_ORIGINS", "example.com"), ("HEADCOUNT_ALLOWED_ORIGINS", ","),
            ("HEADCOUNT_ALLOWED_ORIGINS", "*,https://a.test"), ("HEADCOUNT_ALLOWED_ORIGINS", "null"),
            ("HEADCOUNT_IGNORE", "1.2.3.4/40"), ("HEADCOUNT_IGNORE", "me"), ("HEADCOUNT_MAX_PAGES", "-1"),
            ("HEADCOUNT_MAX_PAGES", "many"), ("HEADCOUNT_MAX_PAGES", "1000001"), ("HEADCOUNT_LISTEN", "9000"),
            ("HEADCOUNT_LISTEN", "localhost:9000"), ("HEADCOUNT_LISTEN", "127.0.0.1:0"),
            ("HEADCOUNT_LISTEN", "::1:9000"),
            ("HEADCOUNT_LISTEN", "/" + String(repeating: "x", count: 107)), ("HEADCOUNT_LOG_LEVEL", "loud"),
            ("HEADCOUNT_LOGLEVEL", "info"), ("HEADCOUNT_IGNORE", " , "), ("HEADCOUNT_MAX_PAGES", "+5"),
            ("HEADCOUNT_LISTEN", "127.0.0.1:+9000"), ("HEADCOUNT_COUNT_PATH", "/stats"),
            ("HEADCOUNT_COUNT_PATH", "/badge.svg"), ("HEADCOUNT_COUNT_PATH", "/headcount.js"),
            ("HEADCOUNT_CRAWLERS", "no"), ("HEADCOUNT_STATS", "open"),
        ]
    )
    func refuses(_ name: String, _ value: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try Configuration(environment: [name: value]) }
        #expect(error.problems.count == 1)
        #expect(error.problems.first.map { "\($0)".hasPrefix("\(name)=\(value): ") } == true)
    }

    @Test("shows no password that it refuses")
    func secret() throws {
        let error = try #require(throws: ConfigurationError.self) {
            try Configuration(environment: ["HEADCOUNT_STATS_PASSWORD": "s3\ncret"])
        }
        #expect(error.problems.map(\.value) == ["***"])
    }

    @Test(
        "lets who may read the statistics",
        arguments: [
            ([:] as [String: String], Configuration.StatisticsReaders.nobody),
            (["HEADCOUNT_STATS": "private"], .nobody),
            (["HEADCOUNT_STATS": "public"], .everybody),
            (["HEADCOUNT_STATS": "public", "HEADCOUNT_STATS_PASSWORD": "x"], .everybody),
        ]
    )
    func readers(_ settings: [String: String], _ readers: Configuration.StatisticsReaders) throws {
        #expect(try Configuration(environment: settings).statistics == readers)
    }

    @Test("names an unknown setting, and not the secret that it seems to hold")
    func unknown() throws {
        let error = try #require(throws: ConfigurationError.self) {
            try Configuration(environment: ["HEADCOUNT_PASSWRD": "s3cret"])
        }
        #expect(error.problems.map(\.name) == ["HEADCOUNT_PASSWRD"])
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

@Suite("The configuration's file")
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
        "is refused at the line that is no setting",
        arguments: [("A=1\nB", 2), ("=x", 1), ("1A=x", 1), ("A B=x", 1), ("A=\"x", 1)]
    )
    func refuses(_ text: String, _ line: Int) {
        #expect(throws: EnvironmentFile.Malformed(line: line)) { try EnvironmentFile.parse(text) }
    }
}
