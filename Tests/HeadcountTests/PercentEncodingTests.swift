import Headcount
import Testing

@Suite("Percent-encoding")
struct PercentEncodingTests {
    @Test("of each byte is decoded as decodeURI does", arguments: 0...0xFF as ClosedRange<UInt8>)
    func bytes(_ byte: UInt8) {
        let digits = [byte].hexadecimal
        for escape in ["%\(digits)", "%\(digits.uppercased())"] {
            let isKept = byte >= 0x80 || ";/?:@&=+$,#".utf8.contains(byte)
            let decoded = isKept ? escape : String(Unicode.Scalar(byte))
            #expect(PercentEncoding.decodedURI("/a\(escape)b") == "/a\(decoded)b")
        }
    }

    @Test(
        "is decoded as decodeURI does",
        arguments: [
            ("", ""), ("/a+b?c#d", "/a+b?c#d"), ("/caf%C3%A9%2f", "/café%2f"), ("/%F0%9F%98%80", "/😀"),
            ("/%2525", "/%25"), ("/é%20", "/é "), ("/%E2%82%AC%23%24", "/€%23%24"),
        ]
    )
    func decodes(_ text: String, _ decoded: String) {
        #expect(PercentEncoding.decodedURI(text) == decoded)
    }

    @Test(
        "stays as it is where decodeURI throws",
        arguments: [
            "/100%", "/%4", "/%zz", "/%+1", "/%20%", "/%20%C3", "/%20%E9", "/%C3%2F", "/%C3é", "/é%A9", "/%C3%41",
            "/%C0%80", "/%E0%80%AF", "/%ED%A0%80", "/%ED%A0%BD%ED%B8%80", "/%F4%90%80%80", "/%FE", "/%FF",
        ]
    )
    func throwing(_ text: String) {
        #expect(PercentEncoding.decodedURI(text) == text)
    }

    @Test(
        "of a path is a browser's",
        arguments: [
            ("/a%2Fb%zz", "/a%2Fb%zz"), ("/a b", "/a%20b"), ("/é\u{7F}\u{1}", "/%C3%A9%7F%01"),
            (#"/"<>\^`{}"#, "/%22%3C%3E%5C%5E%60%7B%7D"), ("/~'!()*-._;/:@&=+$,[]|", "/~'!()*-._;/:@&=+$,[]|"),
        ]
    )
    func pathname(_ text: String, _ encoded: String) {
        #expect(PercentEncoding.pathname(Array(text.utf8)) == encoded)
    }
}
