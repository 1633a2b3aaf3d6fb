import FoundationEssentials
import Headcount
import Logging
import Testing

@Suite("The service")
struct ServiceTests {
    /// A service whose clock and store are in the test's hand.
    private final class Bench {
        var now = Instant(milliseconds: 20_781 * 86_400_000 + 43_200_000)
        let store = FaultyStore()
        var configuration: Configuration
        private(set) lazy var service = Service(
            configuration: configuration,
            store: store,
            log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            now: { [unowned self] in now }
        )

        init(_ settings: [String: String] = [:]) throws {
            configuration = try Configuration(environment: settings)
        }

        func answer(
            _ target: String,
            _ method: Request.Method = .get,
            origin: String? = nil,
            from address: String = "192.0.2.1",
            userAgent: String = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            isAhead: Bool = false,
            authorization: String? = nil
        ) throws -> Response {
            let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let request = Request(
                method: method,
                path: parts[0],
                query: parts.count > 1 ? parts[1] : "",
                origin: origin,
                userAgent: userAgent,
                address: IPAddress(address),
                isAhead: isAhead,
                authorization: authorization
            )
            return try #require(service.respond(to: [request]).first)
        }
    }

    /// The store in memory, and its outages.
    private final class FaultyStore: CounterStore {
        var isDown = false
        /// Called by each reading of statistics.
        var whileReading: () -> Void = {}
        private(set) var recordings = 0
        private(set) var batches = 0
        private(set) var readings: [Set<Page>] = []
        private let memory = MemoryStore(maximumPages: 3)

        private func fail() throws(StoreError) {
            if isDown { throw StoreError("disk full at /secret/path") }
        }
        func close() throws(StoreError) {}
        func open(_ day: Day) throws(StoreError) -> OpenDay {
            try fail()
            return try memory.open(day)
        }
        func record(_ visits: [Visit], on day: Day) throws(StoreError) -> [Tally] {
            try fail()
            recordings += 1
            return try memory.record(visits, on: day)
        }
        func beginBatch() { batches += 1 }
        func totals(of pages: Set<Page>) throws(StoreError) -> [Page?: Tally.Count] {
            readings.append(pages)
            try fail()
            return try memory.totals(of: pages)
        }
        func statistics(of page: Page?, from first: Day, to last: Day) throws(StoreError) -> Statistics {
            try fail()
            whileReading()
            return try memory.statistics(of: page, from: first, to: last)
        }
        func sweep() throws(StoreError) -> Sweep {
            try fail()
            return try memory.sweep()
        }
    }

    @Test("records a batch in one call and answers it in order")
    func batch() throws {
        let bench = try Bench()
        let paths = ["/count", "/nothing", "/count", "/healthz", "/count"]
        let answers = bench.service.respond(to: paths.map { Request(method: .get, path: $0) })
        #expect(answers.map(\.status) == [.ok, .notFound, .ok, .ok, .ok])
        #expect([0, 2, 4].map { answers[$0].body } == (1...3).map { #"{"count":\#($0),"unique":1}"# })
        #expect(bench.store.recordings == 1)
    }

    @Test("reads in one call what a batch shows, after the visits of the batch", arguments: [true, false])
    func showsOfBatch(_ isDown: Bool) throws {
        let bench = try Bench()
        bench.store.isDown = isDown
        let asked = [("/badge.svg", "page=/a"), ("/healthz", ""), ("/badge.svg", "page=/b"), ("/badge.svg", "page=/a")]
        let crawler = Request(method: .get, path: "/count", query: "page=/a", userAgent: "Googlebot/2.1")
        let head = Request(method: .head, path: "/count")
        let visit = Request(method: .get, path: "/count", query: "page=/a")
        let answers = bench.service.respond(
            to: asked.map { Request(method: .get, path: $0, query: $1) } + [crawler, head, visit]
        )
        #expect(answers.map(\.status) == Array(repeating: isDown ? .serviceUnavailable : .ok, count: 7))
        #expect(bench.store.readings == [[try Page(path: "/a"), try Page(path: "/b")]])
        #expect(bench.store.batches == 1, "all of it within the time of one")
        #expect(answers.map(\.omitsBody) == [false, false, false, false, false, true, false])
        guard !isDown else { return }
        #expect(answers[4].body == #"{"count":1,"unique":1,"page":{"path":"/a","count":1,"unique":1}}"#)
        #expect(answers[5].body == #"{"count":1,"unique":1}"#)
        #expect(answers[0] == answers[3] && answers[0] != answers[2])
    }

    @Test("tells visitors apart by address, User-Agent and day")
    func unique() throws {
        let bench = try Bench()
        func unique(_ address: String, _ userAgent: String) throws -> String {
            try bench.answer("/count", from: address, userAgent: userAgent).body.split(separator: ":").last.map(
                String.init
            ) ?? ""
        }
        #expect(try unique("192.0.2.1", "Firefox/1") == "1}")
        #expect(try unique("192.0.2.1", "Firefox/1") == "1}")
        #expect(try unique("192.0.2.1", "Firefox/2") == "2}")
        #expect(try unique("192.0.2.2", "Firefox/1") == "3}")
        #expect(try unique("2001:db8::1", "Firefox/1") == "4}")
        #expect(try unique("2001:db8::2", "Firefox/1") == "4}")
        bench.now.milliseconds += 86_400_000
        #expect(try unique("192.0.2.1", "Firefox/1") == "5}")
        #expect(try unique("192.0.2.1", "Firefox/1") == "5}")
        bench.now.milliseconds -= 86_400_000
        #expect(try unique("192.0.2.1", "Firefox/1") == "5}", "a clock that steps back recounts nobody")
    }

    @Test("says null for a page past the limit, shows a dash for it, and counts the site")
    func pageLimit() throws {
        let bench = try Bench()
        for page in 0..<2 { _ = try bench.answer("/count?page=/\(page)") }
        #expect(try bench.answer("/count.svg?page=/2").body.contains(">1</text>"))
        #expect(try bench.answer("/count?page=/3").body == #"{"count":4,"unique":1,"page":null}"#)
        #expect(try bench.answer("/count.svg?page=/3").body.contains(">–</text>"))
    }

    @Test("answers a preflight without the store", arguments: ["/count", "/", "/anything"])
    func preflight(_ path: String) throws {
        let bench = try Bench()
        bench.store.isDown = true
        #expect(try bench.answer(path, .options, origin: "https://a.test").status == .noContent)
    }

    @Test("routes its own count path under its base path")
    func paths() throws {
        let bench = try Bench(["HEADCOUNT_COUNT_PATH": "/ResumeSiteCounter", "HEADCOUNT_BASE_PATH": "/api"])
        #expect(try bench.answer("/api/ResumeSiteCounter").status == .ok)
        #expect(try bench.answer("/api/healthz").status == .ok)
        for path in ["/ResumeSiteCounter", "/api/count", "/api", "/apiResumeSiteCounter"] {
            #expect(try bench.answer(path).status == .notFound)
        }
        let cut = Request(method: .get, path: "/ResumeSiteCounter", isBelowBasePath: true)
        #expect(bench.service.respond(to: [cut]).map(\.status) == [.ok])
    }

    @Test("answers 503 while the store is down, tells nothing of the machine, and recovers")
    func outage() throws {
        let bench = try Bench()
        _ = try bench.answer("/count")
        bench.store.isDown = true
        for path in ["/count", "/healthz"] {
            let response = try bench.answer(path)
            #expect(response.status == .serviceUnavailable)
            #expect(response["Retry-After"] != nil)
            #expect(response["Access-Control-Expose-Headers"] == "Retry-After")
            #expect(response["Access-Control-Allow-Origin"] == "*")
            #expect(!response.body.contains("secret"))
        }
        let mixed = bench.service.respond(to: [
            Request(method: .get, path: "/count"), Request(method: .get, path: "/x"),
        ])
        #expect(mixed.map(\.status) == [.serviceUnavailable, .notFound])
        bench.store.isDown = false
        #expect(try bench.answer("/count").body == #"{"count":2,"unique":1}"#)
    }

    @Test("a visitor whose batch failed is new when it comes again")
    func failedVisitor() throws {
        let bench = try Bench()
        _ = try bench.answer("/count", from: "192.0.2.1")
        bench.store.isDown = true
        _ = try bench.answer("/count", from: "192.0.2.2")
        bench.store.isDown = false
        #expect(try bench.answer("/count", from: "192.0.2.2").body == #"{"count":2,"unique":2}"#)
    }

    @Test("wants the day before swept at once when a visit has opened a day")
    func sweepsAfterOpening() throws {
        let bench = try Bench()
        #expect(bench.service.maintain() > 0)
        #expect(!bench.service.isMaintenanceDue)
        _ = try bench.answer("/count")
        #expect(!bench.service.isMaintenanceDue)
        bench.now.milliseconds += 86_400_000
        _ = try bench.answer("/count")
        #expect(bench.service.isMaintenanceDue)
        #expect(bench.service.maintain() > 0)
        #expect(!bench.service.isMaintenanceDue)
    }

    @Test("wants to be called at midnight, and sooner while the store fails")
    func maintenance() throws {
        let bench = try Bench()
        #expect(bench.service.maintain() == 60_000, "soon enough to notice a clock that was set")
        bench.now.milliseconds += 43_199_990
        #expect(bench.service.maintain() == 10)
        bench.store.isDown = true
        bench.now.milliseconds += 20
        #expect(bench.service.maintain() == 1000)
    }

    @Test(
        "escapes a page in its answer",
        arguments: [("/%22%5C", #"/\"\\"#), ("/%E2%80%A8", #"/\u2028"#), ("/<b>", "/<b>")]
    )
    func escapes(_ page: String, _ literal: String) throws {
        #expect(try Bench().answer("/count?page=\(page)").body.contains(#""path":"\#(literal)""#))
    }

    @Test(
        "answers crawlers and prefetches without a write",
        arguments: [("Mozilla/5.0 (compatible; Googlebot/2.1)", false), ("Mozilla/5.0 Gecko/1 Firefox/1", true)]
    )
    func machines(_ userAgent: String, _ isAhead: Bool) throws {
        let bench = try Bench()
        for (target, method) in [("/count", Request.Method.get), ("/count?page=/a", .post), ("/count.svg", .get)] {
            #expect(try bench.answer(target, method, userAgent: userAgent, isAhead: isAhead).status == .ok)
        }
        #expect(bench.store.recordings == 0)
    }

    @Test(
        "names the field of a query that it refuses",
        arguments: [
            ("/badge.svg?metric=both", "metric"), ("/badge.svg?metric=", "metric"), ("/badge.svg?color=plaid", "color"),
            ("/count.svg?label=%00", "label"), ("/count.svg?label=a&label=b", "label"), ("/badge.svg?page=x", "page"),
            ("/stats?days=0", "days"), ("/stats?days=367", "days"), ("/stats?days=%2B1", "days"),
            ("/stats?days=7&days=7", "days"), ("/stats?page=a", "page"),
        ]
    )
    func refusedFields(_ target: String, _ field: String) throws {
        let bench = try Bench(["HEADCOUNT_STATS": "public"])
        let response = try bench.answer(target)
        #expect(response.status == .badRequest)
        #expect(response.body.contains(#""field":"\#(field)""#))
        #expect(bench.store.recordings == 0)
    }

    @Test("shows the statistics of every day of a range, the newest last")
    func statistics() throws {
        let bench = try Bench(["HEADCOUNT_STATS": "public"])
        #expect(
            try bench.answer("/stats?days=2").body == #"""
                {"count":0,"unique":0,"since":null,"days":[{"day":"2026-11-23","count":0,"unique":0},\#
                {"day":"2026-11-24","count":0,"unique":0}],"pages":[]}
                """#
        )
        _ = try bench.answer("/count?page=/a")
        bench.now.milliseconds += 2 * 86_400_000
        _ = try bench.answer("/count?page=/a")
        _ = try bench.answer("/count?page=/b")
        _ = try bench.answer("/count?page=/b")
        #expect(
            try bench.answer("/stats?days=3").body == #"""
                {"count":4,"unique":2,"since":"2026-11-24","days":[{"day":"2026-11-24","count":1,"unique":1},\#
                {"day":"2026-11-25","count":0,"unique":0},{"day":"2026-11-26","count":3,"unique":1}],\#
                "pages":[{"path":"/a","count":2,"unique":2},{"path":"/b","count":2,"unique":1}]}
                """#
        )
        #expect(
            try bench.answer("/stats?days=1&page=/a").body == #"""
                {"count":2,"unique":2,"since":"2026-11-24","days":[{"day":"2026-11-26","count":1,"unique":1}],\#
                "pages":[{"path":"/a","count":1,"unique":1}]}
                """#
        )
        #expect(try bench.answer("/stats").body.ranges(of: "\"day\"").count == 30)
    }

    private static func basic(_ credentials: String) -> String {
        "Basic " + Data(credentials.utf8).base64EncodedString()
    }

    @Test(
        "shows private statistics to who knows the password, and nothing to others",
        arguments: [
            (nil as String?, 401), ("Basic ====", 401), ("Digest username=x", 401),
            (basic("name:pässword:with"), 200), (basic(":pässword:with"), 200),
            (basic("name:pässword:with").replacing("Basic", with: "bAsIc"), 200),
            (basic("name:pässword:wit"), 401), (basic("name:pässword:with "), 401), (basic("pässword:with"), 401),
        ]
    )
    func privateStatistics(_ authorization: String?, _ status: Int) throws {
        let bench = try Bench(["HEADCOUNT_STATS_PASSWORD": "pässword:with"])
        let response = try bench.answer("/stats", authorization: authorization)
        #expect(response.status.rawValue == status)
        #expect((response["WWW-Authenticate"] != nil) == (status == 401))
        // What is wrong with the query is no business of a stranger's.
        let bad = try bench.answer("/stats?days=x", authorization: authorization)
        #expect(bad.status.rawValue == (status == 200 ? 400 : 401))
    }

    @Test("has no statistics at all as long as no password is set")
    func noStatistics() throws {
        let bench = try Bench()
        let response = try bench.answer("/stats", authorization: "Basic Og==")
        #expect(response == (try bench.answer("/nothing")))
        #expect(response.status == .notFound)
    }

    @Test("reads statistics of many kinds in a batch, each once for all who ask for it")
    func statisticsOfBatch() throws {
        let bench = try Bench(["HEADCOUNT_STATS": "public"])
        var readings = 0
        bench.store.whileReading = { readings += 1 }
        let asked = ["days=366", "days=366", "days=365", "page=/a", "days=x", "days=366"]
        let responses = bench.service.respond(
            to: asked.map { Request(method: .get, path: "/stats", query: $0) } + [Request(method: .get, path: "/count")]
        )
        #expect(responses.map(\.status.rawValue) == [200, 200, 200, 200, 400, 200, 200])
        #expect(responses[0] == responses[1] && responses[0] == responses[5])
        #expect(readings == 3)
    }

    @Test("reads no statistics in a batch any more when they have taken a quarter of a second")
    func slowStatistics() throws {
        let bench = try Bench(["HEADCOUNT_STATS": "public"])
        bench.store.whileReading = { bench.now.milliseconds += 125 }
        let asked = ["days=1", "days=366", "days=365&page=/a", "days=366", "days=1"]
        let responses = bench.service.respond(
            to: asked.map { Request(method: .get, path: "/stats", query: $0) } + [Request(method: .get, path: "/count")]
        )
        #expect(responses.map(\.status.rawValue) == [200, 503, 200, 503, 200, 200], "what takes most is left")
        #expect(responses[1]["Retry-After"] == "1")
        #expect(try bench.answer("/stats?days=366").status == .ok, "the next batch has time of its own")
    }

    @Test("serves its description with its own paths in it")
    func openAPI() throws {
        let plain = try Bench().answer("/openapi.yaml")
        #expect(plain["Content-Type"] == "application/yaml")
        for route in Route.allCases {
            #expect(plain.body.contains("\n  \(route.path):\n"), "openapi.yaml does not describe \(route)")
        }
        let moved = try Bench(["HEADCOUNT_COUNT_PATH": "/visits", "HEADCOUNT_BASE_PATH": "/hc"])
        let text = try moved.answer("/hc/openapi.yaml").body
        #expect(text.contains("\n  /visits:\n") && !text.contains("\n  /count:\n"))
        #expect(text.contains("\n  - url: .\n"))
    }

    @Test("says on every answer how it may be kept and that it is what it says")
    func fields() throws {
        let bench = try Bench(["HEADCOUNT_STATS_PASSWORD": "x", "HEADCOUNT_ALLOWED_ORIGINS": "https://a.test"])
        for path in Route.allCases.map(\.path) + ["/nothing"] {
            for method in [Request.Method.get, .head, .post, .options, .other] {
                for origin in [nil, "https://a.test", "https://b.test"] {
                    let response = try bench.answer(path, method, origin: origin)
                    let what = Comment(rawValue: "\(method) \(path) from \(origin ?? "nowhere")")
                    #expect(response["X-Content-Type-Options"] == "nosniff", what)
                    #expect(response["Cache-Control"] != nil, what)
                    #expect(response["Vary"] == "Origin", what)
                    #expect((response["Access-Control-Allow-Origin"] == nil) == (origin == nil), what)
                    #expect(
                        response.status == .ok || response.status == .noContent
                            || response["Content-Type"] == "application/problem+json",
                        what
                    )
                }
            }
        }
    }
}
