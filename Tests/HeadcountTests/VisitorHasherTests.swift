import Crypto
import FoundationEssentials
import Testing

@testable import Headcount

@Suite("A visitor's ID")
struct VisitorHasherTests {
    private let salt = Salt(Array(0..<32))

    @Test("is HMAC-SHA256 of page, address and User-Agent, cut to 128 bits")
    func definition() throws {
        let salt = try #require(salt)
        let id = VisitorHasher(salt: salt).id(
            page: try Page(path: "/x"),
            address: IPAddress("192.0.2.1"),
            userAgent: "Mozilla/5.0"
        )
        let address: [UInt8] = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 192, 0, 2, 1]
        let message = Array("/x".utf8) + [0] + address + [0] + Array("Mozilla/5.0".utf8)
        let code = HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: salt.bytes))
        #expect(id.bytes == Array(Array(code).prefix(16)))
    }

    @Test("differs by page, address, User-Agent and salt, and by nothing else")
    func distinguishes() throws {
        let hasher = VisitorHasher(salt: try #require(salt))
        let v4 = IPAddress("192.0.2.1")
        let v6 = IPAddress("2001:db8::1")
        let ids = [
            hasher.id(page: nil, address: v4, userAgent: "a"),
            hasher.id(page: try Page(path: "/x"), address: v4, userAgent: "a"),
            hasher.id(page: nil, address: v6, userAgent: "a"),
            hasher.id(page: nil, address: nil, userAgent: "a"),
            hasher.id(page: nil, address: v4, userAgent: "b"),
            hasher.id(page: nil, address: v4, userAgent: ""),
            VisitorHasher(salt: .random()).id(page: nil, address: v4, userAgent: "a"),
        ]
        #expect(Set(ids).count == ids.count)
        let neighbour = IPAddress("2001:db8::2")
        #expect(hasher.id(page: nil, address: neighbour, userAgent: "a") == ids[2])
        #expect(hasher.id(page: nil, address: v4, userAgent: "a") == ids[0])
    }
}
