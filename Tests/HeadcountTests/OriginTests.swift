import Testing

@testable import Headcount

@Suite("An origin")
struct OriginTests {
    @Test(
        "matches a pattern or not",
        arguments: [
            ("https://example.com", "https://example.com", true), ("https://example.com", "http://example.com", false),
            ("https://example.com", "https://example.com:443", true),
            ("https://example.com:443", "https://example.com", true),
            ("https://example.com", "https://example.com:8443", false),
            ("https://EXAMPLE.com", "https://example.COM", true),
            ("http://localhost:3000", "http://localhost:3000", true), ("http://[::1]:8080", "http://[::1]:8080", true),
            ("https://*.example.com", "https://www.example.com", true),
            ("https://*.example.com", "https://a.b.example.com", true),
            ("https://*.example.com", "https://example.com", false),
            ("https://*.example.com", "https://evil-example.com", false),
            ("https://*.example.com", "https://www.example.com.evil.test", false),
            ("https://*.example.com", "http://www.example.com", false),
            ("https://*.example.com:8443", "https://www.example.com:8443", true),
        ]
    )
    func matches(_ pattern: String, _ origin: String, _ isMatch: Bool) throws {
        #expect(try #require(OriginPattern(pattern)).matches(#require(Origin(origin))) == isMatch)
    }

    @Test(
        "is refused if malformed",
        arguments: [
            "null", "", "example.com", "https://", "https://a b", "https://a/", "https://a?x", "https://a:0",
            "https://a:x",
            "https://a:99999", "https://user@a", "https://é.example", "https://a..b", "://a", "https://a\r\nX: y",
            "https://*",
            "https://[zz]", "https://[::1%a]", "https://\u{212A}.test",
        ]
    )
    func refused(_ text: String) {
        #expect(Origin(text) == nil)
    }

    @Test(
        "pattern is refused if malformed",
        arguments: ["*", "https://*", "https://*.", "https://a.*.b", "*.example.com", "https://*example.com"]
    )
    func badPattern(_ text: String) {
        #expect(OriginPattern(text) == nil)
    }
}
