import Testing

@testable import Headcount

@Suite("A page")
struct PageTests {
    @Test(
        "is decoded once, and loses its query, fragment and trailing slashes",
        arguments: [
            ("/", "/"), ("/a", "/a"), ("/a/", "/a"), ("/a//", "/a"), ("//", "/"), ("/a%20b", "/a b"), ("/a+b", "/a b"),
            ("/a%2Bb", "/a+b"), ("/a%2520b", "/a%20b"), ("/a%3Fx=1", "/a"), ("/a%23top", "/a"), ("/a?b/", "/a"),
            ("%2Fcaf%C3%A9", "/café"), ("/%E2%82%AC", "/€"), ("/a%3F%CC%81", "/a"),
            ("/%27;DROP TABLE counter--", "/';DROP TABLE counter--"), ("/<script>", "/<script>"),
        ]
    )
    func normalizes(_ field: String, _ path: String) throws {
        #expect(try Query("page=" + field).page()?.path == path)
    }

    @Test(
        "is refused with its reason",
        arguments: [
            ("", Page.notAbsolute), ("a", Page.notAbsolute), ("https://example.com/", Page.notAbsolute),
            ("?x", Page.notAbsolute), ("/%", badEncoding), ("/%4", badEncoding), ("/%zz", badEncoding),
            ("/%FF", badEncoding), ("/%C3", badEncoding), ("/%ED%A0%80", badEncoding), ("/%00", Page.controlCharacter),
            ("/a%0A", Page.controlCharacter), ("/%7F", Page.controlCharacter), ("/%C2%85", Page.controlCharacter),
            ("/" + String(repeating: "x", count: 512), Page.tooLong),
            ("/" + String(repeating: "%C3%A9", count: 256), Page.tooLong),
        ]
    )
    func refuses(_ field: String, _ refusal: InvalidValue) throws {
        let problem = try #require(throws: Problem.self) { try Query("page=" + field).page() }
        #expect(problem.status == .badRequest)
        #expect(problem.field == "page")
        #expect(problem.detail == "page \(refusal.reason)")
    }

    private static let badEncoding = InvalidValue("must be percent-encoded UTF-8")

    @Test("may have 512 bytes, without a trailing slash")
    func longest() throws {
        let path = "/" + String(repeating: "x", count: 511)
        #expect(try Page(path: path + "/").path == path)
    }
}
