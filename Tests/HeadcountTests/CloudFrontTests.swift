import Headcount
import Testing

@Suite("Behind CloudFront")
struct CloudFrontTests {
    @Test("the visitor's address is the one that CloudFront names, if the owner says so", arguments: ["yes", "no"])
    func address(_ setting: String) throws {
        let bench = try Bench(["HEADCOUNT_CLOUDFRONT": setting, "HEADCOUNT_IGNORE": "198.51.100.9"])
        func count(_ viewer: String?) throws -> String {
            let request = Request(
                method: .get,
                path: "/headcount",
                address: IPAddress("203.0.113.1"),
                viewerAddress: viewer.flatMap { IPAddress($0) }
            )
            return try #require(bench.respond([request]).first).body
        }
        let isTrusted = setting == "yes"
        #expect(try count("198.51.100.1") == #"{"count":1,"unique":1}"#)
        #expect(try count("198.51.100.2") == #"{"count":2,"unique":\#(isTrusted ? 2 : 1)}"#)
        #expect(try count(nil) == #"{"count":3,"unique":\#(isTrusted ? 3 : 1)}"#)
        #expect(try count("198.51.100.9") == #"{"count":\#(isTrusted ? 3 : 4),"unique":\#(isTrusted ? 3 : 1)}"#)
    }
}
