import Testing

@testable import HeadcountCommand

@Suite("A client's address in a log")
struct LogAddressTests {
    @Test(
        "is not a name",
        arguments: [
            ("-", true), ("\"\"", true), ("ann", true), ("example.org:443", true), ("127.0.1.1:80", true),
            ("web1", true), ("1793386800.123", true), ("5f1d0c3e8a7b4c6d9e0f1a2b3c4d5e6f", true),
            ("${jndi:ldap://192.0.2.1/a}", true), ("[pod/web-0/nginx]", true), ("", false), ("{\"ts\":1,", false),
            ("192.0.2.1", false), ("10.0.0.1", false), ("192.0.2.1:80", false), ("192.0.2.1,", false),
            ("192.0.2.1,10.0.0.1", false), ("\"192.0.2.1\"", false), ("xff=192.0.2.1", false), ("[2001:db8::1]", false),
            ("(192.0.2.1)", false),
        ]
    )
    func names(_ word: String, _ isName: Bool) {
        var word = word
        #expect(word.withUTF8(LogAddress.isName) == isName)
    }

    @Test(
        "is the first public one of a list",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("10.0.0.1", "10.0.0.1"), ("10.0.0.1, 192.0.2.1, 192.0.2.2", "192.0.2.1"),
            ("unknown,10.0.0.1", "10.0.0.1"), ("-", "-"), ("unknown, -", "unknown"),
            ("::1, 2001:db8::1", "2001:db8::1"),
            ("a.example.org", "a.example.org"), ("198.51.100.1:550", "198.51.100.1"),
            ("junk, 198.51.100.1:550", "198.51.100.1"), ("[2001:db8::1]:550, 10.0.0.1", "2001:db8::1"),
        ]
    )
    func client(_ list: String, _ expected: String) {
        var list = list
        #expect(list.withUTF8 { LogAddress.client($0).text } == expected)
    }
}
