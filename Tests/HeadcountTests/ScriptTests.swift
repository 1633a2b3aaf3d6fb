import Crypto
import FoundationEssentials
import Testing

@testable import Headcount

@Suite("The script")
struct ScriptTests {
    private static let paths = ["/headcount.js", "/headcount-v1.js"]

    private func answer(
        _ path: String,
        _ method: Request.Method = .get,
        origin: String? = nil,
        ifNoneMatch: String = "",
        settings: [String: String] = [:]
    ) throws -> Response {
        let bench = try Bench(settings)
        let path = (settings["HEADCOUNT_BASE_PATH"] ?? "") + path
        let request = Request(method: method, path: path, origin: origin, ifNoneMatch: ifNoneMatch)
        let response = try #require(bench.respond([request]).first)
        #expect(bench.openings == 0)
        return response
    }

    @Test(
        "is cached for a day, and its frozen copy forever",
        arguments: zip(paths, ["max-age=86400", "public, max-age=31536000, immutable"])
    )
    func cacheControl(_ path: String, _ value: String) throws {
        let response = try answer(path)
        #expect(response.status == .ok)
        #expect(response["Content-Type"] == "text/javascript; charset=utf-8")
        #expect(response["Cache-Control"] == value)
        #expect(response["Cross-Origin-Resource-Policy"] == "cross-origin")
        #expect(response.body == String(decoding: PackageResources.headcount_js, as: UTF8.self))
    }

    @Test("matches its integrity hash", arguments: paths)
    func integrity(_ path: String) throws {
        let digest = SHA384.hash(data: Data(try answer(path).body.utf8))
        #expect(ScriptEndpoint.integrity == "sha384-" + Data(digest).base64EncodedString())
    }

    @Test(
        "is the same for every origin and base path",
        arguments: paths,
        [nil, "https://a.test", "https://b.test", "null"]
    )
    func everybody(_ path: String, _ origin: String?) throws {
        let settings = ["HEADCOUNT_ALLOWED_ORIGINS": "https://a.test", "HEADCOUNT_BASE_PATH": "/counter"]
        let response = try answer(path, origin: origin, settings: settings)
        #expect(response == (try answer(path)))
        #expect(response["Access-Control-Allow-Origin"] == "*")
        #expect(response["Vary"] == nil)
    }

    @Test("is not sent to a client that has it", arguments: ["TAG", "W/TAG", "\"x\", W/TAG", "\"x\",TAG , \"y\"", "*"])
    func notModified(_ ifNoneMatch: String) throws {
        let full = try answer("/headcount.js")
        let tag = try #require(full["ETag"])
        for method in [Request.Method.get, .head] {
            let response = try answer("/headcount.js", method, ifNoneMatch: ifNoneMatch.replacing("TAG", with: tag))
            #expect(response.status == .notModified)
            #expect(response.body.isEmpty)
            #expect(response.fields == full.fields && response.corsFields == full.corsFields)
        }
    }

    @Test("is recognised by the tag of a server that compresses it")
    func compressed() throws {
        let tag = try #require(try answer("/headcount.js")["ETag"])
        let suffixed = tag.dropLast() + "-gzip\""
        #expect(try answer("/headcount.js", ifNoneMatch: String(suffixed)).status == .notModified)
    }

    @Test("is sent to a client that has another version", arguments: ["", "\"0\"", "W/\"\"", "\"*\"", "\"a\", \"b\""])
    func modified(_ ifNoneMatch: String) throws {
        #expect(try answer("/headcount.js", ifNoneMatch: ifNoneMatch) == (try answer("/headcount.js")))
    }
}
