import Headcount
import Testing

@Suite("A page")
struct PageTests {
    @Test(
        "is decoded once, cut at query and fragment, and folded",
        arguments: [
            ("/", "/"), ("/a", "/a"), ("/a/", "/a"), ("/a//", "/a"), ("//", "/"), ("/a%20b", "/a b"), ("/a+b", "/a b"),
            ("/a%2Bb", "/a+b"), ("/a%2520b", "/a%20b"), ("/a%3Fx=1", "/a"), ("/a%23top", "/a"), ("/a?b/", "/a"),
            ("%2Fcaf%C3%A9", "/café"), ("/%E2%82%AC", "/€"), ("/a%3F%CC%81", "/a"),
            ("/%27;DROP TABLE counter--", "/';DROP TABLE counter--"), ("/<script>", "/<script>"),
        ]
    )
    func normalizes(_ field: String, _ path: String) throws {
        #expect(try Page(queryField: field[...]).path == path)
    }

    @Test(
        "is refused with its reason",
        arguments: [
            ("", Page.Refusal.notAbsolute), ("a", .notAbsolute), ("https://example.com/", .notAbsolute),
            ("?x", .notAbsolute), ("/%", .badEncoding), ("/%4", .badEncoding), ("/%zz", .badEncoding),
            ("/%FF", .badEncoding), ("/%C3", .badEncoding), ("/%ED%A0%80", .badEncoding), ("/%00", .controlCharacter),
            ("/a%0A", .controlCharacter), ("/%7F", .controlCharacter), ("/%C2%85", .controlCharacter),
            ("/" + String(repeating: "x", count: 512), .tooLong),
            ("/" + String(repeating: "%C3%A9", count: 256), .tooLong),
        ]
    )
    func refuses(_ field: String, _ refusal: Page.Refusal) {
        #expect(throws: refusal) { try Page(queryField: field[...]) }
    }

    @Test("may have 512 bytes, a trailing slash not counted")
    func longest() throws {
        let path = "/" + String(repeating: "x", count: 511)
        #expect(try Page(path: path + "/").path == path)
    }
}
