/// Where browsers reach this counter.
struct CounterAddress {
    /// The host, with the port unless it is the scheme's, and the path in front of the counter's own paths.
    var name: String
    /// The name after the scheme: `https://example.com`.
    var url: String

    init(of request: Request, basePath: String) {
        let isHost = !request.host.isEmpty && request.host.utf8.allSatisfy(Self.isAllowed)
        let host = isHost ? request.host : "counter.example.com"
        name = host + request.scriptName + (request.isBelowBasePath ? "" : basePath)
        url = "\(request.isSecure ? "https" : "http")://\(name)"
    }

    /// The characters of names, addresses and ports (RFC 3986 §3.2.2).
    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "["),
            UInt8(ascii: "]"):
            true
        default: false
        }
    }
}
