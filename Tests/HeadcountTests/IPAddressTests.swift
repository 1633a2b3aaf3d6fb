import Headcount
import Testing

@Suite("An address")
struct IPAddressTests {
    @Test("of IPv4 is read in every usual notation", arguments: ["192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201"])
    func mapped(_ text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address == IPAddress("192.0.2.1"))
        #expect(address.isIPv4)
        #expect(address.visitorPrefix == address)
    }

    @Test(
        "is refused if malformed",
        arguments: [
            "", "unix:", "localhost", "192.0.2", "192.0.2.256", "::1::", "%eth0", "1.2.3.4, 5.6.7.8", "192.0.2.1%eth0",
            "1",
        ]
    )
    func refused(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("is written in its shortest form", arguments: ["192.0.2.1", "2001:db8::1", "::1", "::"])
    func written(_ text: String) throws {
        #expect(try #require(IPAddress(text)).description == text)
    }

    @Test(
        "is private or public",
        arguments: [
            ("10.0.0.1", true), ("172.16.0.1", true), ("172.32.0.1", false), ("192.168.1.1", true),
            ("100.64.0.1", true),
            ("127.0.0.1", true), ("169.254.1.1", true), ("0.0.0.0", true), ("::ffff:10.0.0.1", true), ("::1", true),
            ("fd00::1", true), ("fe80::1", true), ("2001:db8::1", false), ("192.0.2.1", false), ("11.0.0.1", false),
        ]
    )
    func privateness(_ text: String, _ isPrivate: Bool) throws {
        #expect(try #require(IPAddress(text)).isPrivate == isPrivate)
    }

    @Test("of IPv6 is reduced to its /64, without the zone")
    func reducedToPrefix() throws {
        let one = try #require(IPAddress("2001:db8:1:2:3:4:5:6"))
        let other = try #require(IPAddress("2001:db8:1:2::1%eth0"))
        let stranger = try #require(IPAddress("2001:db8:1:3::1"))
        #expect(one != other)
        #expect(one.visitorPrefix == other.visitorPrefix)
        #expect(one.visitorPrefix != stranger.visitorPrefix)
    }

    @Test(
        "is in a block or outside",
        arguments: [
            ("192.0.2.0/24", "192.0.2.255", true), ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.77/24", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "203.0.113.9", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false),
            ("2001:db8::1/128", "2001:db8::2", false), ("2001:db8::/65", "2001:db8::8000:0:0:0", false),
            ("2001:db8::/64", "2001:db8::8000:0:0:0", true), ("127.0.0.0/8", "127.1.2.3", true), ("::1", "::1", true),
        ]
    )
    func block(_ block: String, _ address: String, _ isInside: Bool) throws {
        #expect(try #require(AddressBlock(block)).contains(#require(IPAddress(address))) == isInside)
    }

    @Test(
        "block is refused if malformed",
        arguments: ["", "/8", "1.2.3.4/33", "1.2.3.4/-1", "::/129", "1.2.3.4/", "1.2.3.4/8/8", "x"]
    )
    func badBlock(_ text: String) {
        #expect(AddressBlock(text) == nil)
    }
}
