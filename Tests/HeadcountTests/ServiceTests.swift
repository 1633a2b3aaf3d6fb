import FoundationEssentials
import Testing

@testable import Headcount

@Suite("The service")
struct ServiceTests {
    @Test("records a batch in one call and answers it in order")
    func batch() throws {
        let bench = try Bench()
        let paths = ["/headcount", "/nothing", "/headcount", "/headcount/healthz", "/headcount"]
        let answers = bench.respond(paths.map { Request(method: .get, path: $0) })
        #expect(answers.map(\.status) == [.ok, .notFound, .ok, .ok, .ok])
        #expect([0, 2, 4].map { answers[$0].body } == (1...3).map { #"{"count":\#($0),"unique":1}"# })
        #expect(bench.store.works.map(\.visits.count) == [3])
    }

    @Test("reads all totals of a batch in one call, after counting its visits", arguments: [true, false])
    func totalsOfBatch(_ isDown: Bool) throws {
        let bench = try Bench()
        bench.store.isDown = isDown
        let asked = [
            ("/headcount/badge.svg", "page=/a"), ("/headcount/healthz", ""), ("/headcount/badge.svg", "page=/b"),
            ("/headcount/badge.svg", "page=/a"),
        ]
        let crawler = Request(method: .get, path: "/headcount", query: "page=/a", userAgent: "Googlebot/2.1")
        let head = Request(method: .head, path: "/headcount")
        let visit = Request(method: .get, path: "/headcount", query: "page=/a")
        let answers = bench.respond(
            asked.map { Request(method: .get, path: $0, query: $1) } + [crawler, head, visit]
        )
        #expect(answers.map(\.status) == Array(repeating: isDown ? .serviceUnavailable : .ok, count: 7))
        #expect(bench.store.works.map(\.totals) == [[try Page(path: "/a"), try Page(path: "/b")]])
        #expect(answers.map(\.omitsBody) == [false, false, false, false, false, true, false])
        guard !isDown else { return }
        #expect(answers[4].body == #"{"count":1,"unique":1,"page":{"path":"/a","count":1,"unique":1}}"#)
        #expect(answers[5].body == #"{"count":1,"unique":1}"#)
        #expect(answers[0] == answers[3] && answers[0] != answers[2])
    }

    @Test("distinguishes visitors by address, User-Agent and day")
    func unique() throws {
        let bench = try Bench()
        func unique(_ address: String, _ userAgent: String) throws -> String {
            try bench.answer("/headcount", from: address, userAgent: userAgent).body.split(separator: ":").last.map(
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

    @Test("returns null or shows a dash for a page past the limit, and counts the site")
    func pageLimit() throws {
        let bench = try Bench()
        for page in 0..<2 { _ = try bench.answer("/headcount?page=/\(page)") }
        #expect(try bench.answer("/headcount.svg?page=/2").body.contains(">1</text>"))
        #expect(try bench.answer("/headcount?page=/3").body == #"{"count":4,"unique":1,"page":null}"#)
        #expect(try bench.answer("/headcount.svg?page=/3").body.contains(">–</text>"))
        #expect(try bench.answer("/headcount/badge.svg?page=/3").body.contains(">–</text>"))
    }

    @Test("reads the totals of up to 40 pages in one call")
    func totals() throws {
        let bench = try Bench()
        _ = try bench.answer("/headcount?page=/7")
        let query = (0..<40).map { "page=/\($0)" }.joined(separator: "&")
        let response = try bench.answer("/headcount.json?\(query)")
        #expect(response.body.hasPrefix(#"{"count":1,"unique":1,"pages":[{"path":"/0","count":0,"unique":0},"#))
        #expect(response.body.contains(#"{"path":"/7","count":1,"unique":1}"#))
        #expect(bench.store.works.map { $0.totals?.count } == [nil, 40])
        let tooMany = try bench.answer("/headcount.json?\(query)&page=/40")
        #expect(tooMany.status == .badRequest)
        #expect(tooMany.body.contains("page must be given at most 40 times"))
    }

    @Test("answers a preflight without the store", arguments: ["/headcount", "/", "/anything"])
    func preflight(_ path: String) throws {
        let bench = try Bench()
        bench.store.isDown = true
        #expect(try bench.answer(path, .options, origin: "https://a.test").status == .noContent)
    }

    @Test("counts at one more path, and serves all paths below the base path")
    func paths() throws {
        let bench = try Bench(["HEADCOUNT_COUNT_PATH": "/ResumeSiteCounter", "HEADCOUNT_BASE_PATH": "/api"])
        #expect(try bench.answer("/api/ResumeSiteCounter").body == "{\"count\":1,\"unique\":1}")
        #expect(try bench.answer("/api/headcount").body == "{\"count\":2,\"unique\":1}")
        #expect(try bench.answer("/api/headcount/healthz").status == .ok)
        for path in ["/ResumeSiteCounter", "/headcount", "/api", "/apiResumeSiteCounter", "/api/headcount-of-staff"] {
            #expect(try bench.answer(path).status == .notFound)
        }
        let cut = Request(method: .get, path: "/ResumeSiteCounter", isBelowBasePath: true)
        #expect(bench.respond([cut]).map(\.status) == [.ok])
    }

    @Test("answers 503 while the store is down, reveals nothing about the server, and recovers")
    func outage() throws {
        let bench = try Bench()
        _ = try bench.answer("/headcount")
        bench.store.isDown = true
        for path in ["/headcount", "/headcount/healthz"] {
            let response = try bench.answer(path)
            #expect(response.status == .serviceUnavailable)
            #expect(response["Retry-After"] != nil)
            #expect(response["Access-Control-Expose-Headers"] == "Retry-After")
            #expect(response["Access-Control-Allow-Origin"] == "*")
            #expect(!response.body.contains("secret"))
        }
        let mixed = bench.respond([
            Request(method: .get, path: "/headcount"), Request(method: .get, path: "/x"),
        ])
        #expect(mixed.map(\.status) == [.serviceUnavailable, .notFound])
        bench.store.isDown = false
        #expect(try bench.answer("/headcount").body == #"{"count":2,"unique":1}"#)
    }

    @Test("counts a visitor as unique after the first visit failed")
    func failedVisitor() throws {
        let bench = try Bench()
        _ = try bench.answer("/headcount", from: "192.0.2.1")
        bench.store.isDown = true
        _ = try bench.answer("/headcount", from: "192.0.2.2")
        bench.store.isDown = false
        #expect(try bench.answer("/headcount", from: "192.0.2.2").body == #"{"count":2,"unique":2}"#)
    }

    @Test("asks for maintenance at once after a visit has opened a day")
    func sweepsAfterOpening() throws {
        let bench = try Bench()
        #expect(!bench.service.maintain().hasPassed)
        _ = try bench.answer("/headcount")
        bench.now.milliseconds += 86_400_000
        bench.store.isDown = true
        #expect(bench.service.maintain().millisecondsLeft > 10_000, "nothing is due yet, so nothing has failed")
        bench.store.isDown = false
        _ = try bench.answer("/headcount")
        bench.store.isDown = true
        #expect(bench.service.maintain().millisecondsLeft <= 1000, "the sweep was tried at once, and failed")
    }

    @Test(
        "asks for maintenance at midnight, once a minute, and sooner while the store fails",
        arguments: [true, false]
    )
    func maintenance(_ isDown: Bool) throws {
        let bench = try Bench()
        #expect((10_000...60_000).contains(bench.service.maintain().millisecondsLeft), "the clock may be set")
        let late = try Bench()
        late.now.milliseconds += 43_190_000
        late.store.isDown = isDown
        #expect((0...(isDown ? 1000 : 10_000)).contains(late.service.maintain().millisecondsLeft))
    }

    @Test("does not open the store for requests that don't need it")
    func opensNothing() throws {
        let bench = try Bench()
        _ = try bench.answer("/headcount", .options)
        _ = try bench.answer("/nothing")
        _ = try bench.answer("/headcount/openapi.yaml")
        _ = try bench.answer("/headcount?page=x")
        #expect(bench.openings == 0)
        for _ in 0..<2 { _ = try bench.answer("/headcount/badge.svg") }
        #expect(bench.openings == 1)
        #expect(bench.store.works.count == 2)
    }

    @Test(
        "escapes a page in its answer",
        arguments: [("/%22%5C", #"/\"\\"#), ("/%E2%80%A8", #"/\u2028"#), ("/<b>", "/<b>")]
    )
    func escapes(_ page: String, _ literal: String) throws {
        #expect(try Bench().answer("/headcount?page=\(page)").body.contains(#""path":"\#(literal)""#))
    }

    @Test(
        "names the invalid field of a query",
        arguments: [
            ("/headcount/badge.svg?metric=both", "metric"), ("/headcount/badge.svg?metric=", "metric"),
            ("/headcount/badge.svg?color=plaid", "color"),
            ("/headcount.svg?label=%00", "label"), ("/headcount.svg?label=a&label=b", "label"),
            ("/headcount/badge.svg?page=x", "page"),
            ("/headcount/stats?days=0", "days"), ("/headcount/stats?days=367", "days"),
            ("/headcount/stats?days=%2B1", "days"),
            ("/headcount/stats?days=7&days=7", "days"), ("/headcount/stats?page=a", "page"),
        ]
    )
    func refusedFields(_ target: String, _ field: String) throws {
        let bench = try Bench(["HEADCOUNT_STATS": "public"])
        let response = try bench.answer(target)
        #expect(response.status == .badRequest)
        #expect(response.body.contains(#""field":"\#(field)""#))
        #expect(bench.store.works.allSatisfy { $0.visits.isEmpty })
    }

    @Test("shows the statistics of every day of a range, the newest last")
    func statistics() throws {
        let bench = try Bench(["HEADCOUNT_STATS": "public"])
        #expect(
            try bench.answer("/headcount/stats?days=2").body == #"""
                {"count":0,"unique":0,"since":null,"days":[\#
                {"day":"2026-11-23","count":0,"unique":0,"leftOut":{"crawlers":0,"prefetches":0,"ignored":0}},\#
                {"day":"2026-11-24","count":0,"unique":0,"leftOut":{"crawlers":0,"prefetches":0,"ignored":0}}],"pages":[]}
                """#
        )
        _ = try bench.answer("/headcount?page=/a")
        bench.now.milliseconds += 2 * 86_400_000
        _ = try bench.answer("/headcount?page=/a")
        _ = try bench.answer("/headcount?page=/b", userAgent: "Googlebot/2.1")
        for _ in 0..<2 { _ = try bench.answer("/headcount?page=/b") }
        #expect(
            try bench.answer("/headcount/stats?days=3").body == #"""
                {"count":4,"unique":2,"since":"2026-11-24","days":[\#
                {"day":"2026-11-24","count":1,"unique":1,"leftOut":{"crawlers":0,"prefetches":0,"ignored":0}},\#
                {"day":"2026-11-25","count":0,"unique":0,"leftOut":{"crawlers":0,"prefetches":0,"ignored":0}},\#
                {"day":"2026-11-26","count":3,"unique":1,"leftOut":{"crawlers":1,"prefetches":0,"ignored":0}}],\#
                "pages":[{"path":"/a","count":2,"unique":2},{"path":"/b","count":2,"unique":1}]}
                """#
        )
        #expect(
            try bench.answer("/headcount/stats?days=1&page=/a").body == #"""
                {"count":2,"unique":2,"since":"2026-11-24","days":[{"day":"2026-11-26","count":1,"unique":1}],\#
                "pages":[{"path":"/a","count":1,"unique":1}]}
                """#
        )
        #expect(try bench.answer("/headcount/stats").body.ranges(of: "\"day\"").count == 30)
    }

    private static func basic(_ credentials: String) -> String {
        "Basic " + Data(credentials.utf8).base64EncodedString()
    }

    @Test(
        "shows private statistics only to requests with the password",
        arguments: [
            (nil as String?, 401), ("Basic ====", 401), ("Digest username=x", 401),
            (basic("name:pässword:with"), 200), (basic(":pässword:with"), 200),
            (basic("name:pässword:with").replacing("Basic", with: "bAsIc"), 200),
            (basic("name:pässword:wit"), 401), (basic("name:pässword:with "), 401), (basic("pässword:with"), 401),
        ]
    )
    func privateStatistics(_ authorization: String?, _ status: Int) throws {
        let bench = try Bench(["HEADCOUNT_STATS_PASSWORD": "pässword:with"])
        let response = try bench.answer("/headcount/stats", authorization: authorization)
        #expect(response.status.rawValue == status)
        #expect((response["WWW-Authenticate"] != nil) == (status == 401))
        // The password is checked before the query.
        let bad = try bench.answer("/headcount/stats?days=x", authorization: authorization)
        #expect(bad.status.rawValue == (status == 200 ? 400 : 401))
    }

    @Test("answers 404 for private statistics while no password is set")
    func noStatistics() throws {
        let bench = try Bench()
        let response = try bench.answer("/headcount/stats", authorization: "Basic Og==")
        #expect(response == (try bench.answer("/nothing")))
        #expect(response.status == .notFound)
    }

    @Test("reads each of a few different statistics once a batch, and answers 503 to the rest")
    func statisticsOfBatch() throws {
        let bench = try Bench(["HEADCOUNT_STATS": "public"])
        let queries = [
            "days=366", "days=366", "days=365", "page=/a", "days=x", "days=366", "days=1", "days=2", "days=1",
        ]
        let responses = bench.respond(
            queries.map { Request(method: .get, path: "/headcount/stats", query: $0) } + [
                Request(method: .get, path: "/headcount")
            ]
        )
        #expect(responses.map(\.status.rawValue) == [200, 200, 200, 200, 400, 200, 200, 503, 200, 200])
        #expect(responses[0] == responses[1] && responses[0] == responses[5])
        #expect(responses[7]["Retry-After"] == "1")
        #expect(bench.store.works.map(\.statistics.count) == [4])
        #expect(try bench.answer("/headcount/stats?days=2").status == .ok)
    }

    @Test("returns the statistics as CSV, and asks for the password as it does for JSON")
    func csv() throws {
        let bench = try Bench(["HEADCOUNT_STATS_PASSWORD": "s3cret"])
        let authorization = "Basic eDpzM2NyZXQ="
        for page in ["/a", "/a", "/b,%22c%22"] { _ = try bench.answer("/headcount?page=\(page)") }
        let today = Day(containing: bench.now)
        func csv(_ target: String) throws -> String { try bench.answer(target, authorization: authorization).body }
        #expect(
            try csv("/headcount/days.csv?days=2")
                == "day,count,unique,crawlers,prefetches,ignored\r\n"
                + "\(today.advanced(by: -1)),0,0,0,0,0\r\n\(today),3,1,0,0,0\r\n"
        )
        #expect(try csv("/headcount/days.csv?days=1&page=/a") == "day,count,unique\r\n\(today),2,1\r\n")
        #expect(try csv("/headcount/pages.csv") == "path,count,unique\r\n/a,2,1\r\n\"/b,\"\"c\"\"\",1,1\r\n")
        for path in ["/headcount/days.csv", "/headcount/pages.csv"] {
            #expect(try bench.answer(path).status == .unauthorized)
            #expect(try Bench().answer(path).status == .notFound)
        }
    }

    @Test("names the version of the Lambda function in its health")
    func functionVersion() throws {
        #expect(try Bench().answer("/headcount/healthz").body == #"{"status":"ok"}"#)
        let onLambda = try Bench(["AWS_LAMBDA_FUNCTION_VERSION": "7"])
        #expect(try onLambda.answer("/headcount/healthz").body == #"{"status":"ok","version":"7"}"#)
    }

    @Test("describes every path in openapi.yaml")
    func openAPI() throws {
        let response = try Bench().answer("/headcount/openapi.yaml")
        #expect(response["Content-Type"] == "application/yaml")
        for path in Router.paths {
            #expect(response.body.contains("\n  \(path):\n"), "openapi.yaml does not describe \(path)")
        }
    }

    @Test("sends the fields for caching, content types and CORS with every response")
    func fields() throws {
        let bench = try Bench(["HEADCOUNT_STATS_PASSWORD": "x", "HEADCOUNT_ALLOWED_ORIGINS": "https://a.test"])
        for path in Router.paths + ["/nothing"] {
            for method in [Request.Method.get, .head, .post, .options, .other] {
                for origin in [nil, "https://a.test", "https://b.test"] {
                    let response = try bench.answer(path, method, origin: origin)
                    let what = Comment(rawValue: "\(method) \(path) from \(origin ?? "nowhere")")
                    #expect(response["X-Content-Type-Options"] == "nosniff", what)
                    #expect(response["Cache-Control"] != nil, what)
                    #expect(response["Vary"] == (response.isPublic ? nil : "Origin"), what)
                    let isReadable = response.isPublic || origin != nil
                    #expect((response["Access-Control-Allow-Origin"] != nil) == isReadable, what)
                    let isSignInForm = path == "/headcount/" && response.status == .unauthorized && method != .post
                    #expect(
                        response.status == .ok || response.status == .noContent || isSignInForm
                            || response["Content-Type"] == "application/problem+json",
                        what
                    )
                }
            }
        }
    }
}
