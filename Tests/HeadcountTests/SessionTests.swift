import FoundationEssentials
import Headcount
import Testing

@Suite("A session")
struct SessionTests {
    private static let password = ["HEADCOUNT_STATS_PASSWORD": "pässword:with"]
    private static let authorization = "Basic " + Data(":pässword:with".utf8).base64EncodedString()

    /// Signs in; returns the value of the cookie.
    private func signIn(_ bench: Bench, _ authorization: String = authorization) throws -> String {
        let cookie = try #require(bench.answer("/headcount/", .post, authorization: authorization)["Set-Cookie"])
        let value = try #require(cookie.split(separator: ";").first).dropFirst("headcount=".count)
        #expect(cookie == "headcount=\(value); Secure; HttpOnly; SameSite=Strict")
        return String(value)
    }

    @Test(
        "opens all private paths for thirty days",
        arguments: ["/headcount/", "/headcount/stats", "/headcount/days.csv", "/headcount/pages.csv"]
    )
    func opens(_ path: String) throws {
        let bench = try Bench(Self.password)
        let session = try signIn(bench)
        #expect(try bench.answer(path, session: session).status == .ok)
        bench.now.milliseconds += 30 * 86_400_000 - 1000
        #expect(try bench.answer(path, session: session).status == .ok)
        bench.now.milliseconds += 1000
        #expect(try bench.answer(path, session: session).status == .unauthorized)
    }

    @Test("ends when the password changes")
    func newPassword() throws {
        let session = try signIn(Bench(Self.password))
        let bench = try Bench(["HEADCOUNT_STATS_PASSWORD": "another"])
        #expect(try bench.answer("/headcount/stats", session: session).status == .unauthorized)
    }

    @Test("can't be forged or extended")
    func forged() throws {
        let bench = try Bench(Self.password)
        let session = try signIn(bench)
        let parts = session.split(separator: ".").map(String.init)
        let end = try #require(Int(parts[0]))
        let forged = [
            "", ".", parts[0], "\(parts[0]).", ".\(parts[1])", "\(end + 1).\(parts[1])", "-\(session)",
            String(session.dropLast(4)), "\(session)AAAA", "\(parts[0]).\(Data(count: 32).base64EncodedString())",
            "\(Int.max).\(parts[1])", "9\(session)", "x.\(parts[1])", "\(session).\(parts[1])",
        ]
        for value in forged {
            #expect(try bench.answer("/headcount/stats", session: value).status == .unauthorized, "\(value)")
        }
    }

    @Test("begins only with the password", arguments: [nil, "Basic Og==", "Digest username=x"])
    func refused(_ authorization: String?) throws {
        let bench = try Bench(Self.password)
        let session = try signIn(bench)
        let refused = try bench.answer("/headcount/", .post, authorization: authorization, session: session)
        #expect(refused.status == .forbidden && refused["Set-Cookie"] == nil)
        #expect(refused["WWW-Authenticate"] == nil, "it would open the browser's dialog")
        #expect(refused["Content-Type"] == "application/problem+json")
    }

    @Test("is only begun by signing in")
    func noCookie() throws {
        let settings = Self.password.merging(["HEADCOUNT_COUNT_PATH": "/count"]) { $1 }
        let bench = try Bench(settings)
        let session = try signIn(bench)
        for path in Router.paths + ["/count", "/nothing"] {
            for method in [Request.Method.get, .head, .post, .options, .other]
            where (path, method) != ("/headcount/", .post) {
                let response = try bench.answer(path, method, authorization: Self.authorization, session: session)
                #expect(response["Set-Cookie"] == nil, "\(method) \(path)")
            }
        }
        #expect(try Bench(["HEADCOUNT_STATS": "public"]).answer("/headcount/", .post)["Set-Cookie"] == nil)
        #expect(try Bench().answer("/headcount/", .post).status == .notFound)
    }

    @Test("can't be begun or used by pages of other origins")
    func otherOrigins() throws {
        let bench = try Bench(Self.password)
        let preflight = try bench.answer("/headcount/", .options, origin: "https://evil.example")
        #expect(preflight["Access-Control-Allow-Headers"] == "Content-Type", "not Authorization")
        let session = try signIn(bench)
        let read = try bench.answer("/headcount/stats", origin: "https://evil.example", session: session)
        #expect(read["Access-Control-Allow-Origin"] == "*" && read["Access-Control-Allow-Credentials"] == nil)
    }
}

@Suite("The form to sign in")
struct SignInPageTests {
    @Test("is the response without a session, with a Basic challenge")
    func form() throws {
        let bench = try Bench(["HEADCOUNT_STATS_PASSWORD": "s3cret"])
        let response = try bench.answer("/headcount/?range=x")
        #expect(response.status == .unauthorized)
        #expect(response["Content-Type"] == "text/html; charset=utf-8" && response["Cache-Control"] == "no-store")
        #expect(response["WWW-Authenticate"]?.hasPrefix("Basic ") == true)
        #expect(response.body.contains(#"type="password""#) && !response.body.contains("Visits"))
        #expect(bench.openings == 0, "the store is not read")
    }
}
