import Glibc
import Headcount

/// Reads the meta-variables of a request (RFC 3875, CGI/1.1), which FastCGI and CGI share.
struct MetaVariables {
    private var method = Request.Method.other
    private var uri = ""
    private var pathInfo = ""
    private var query = ""
    private var origin: String?
    private var fetchSite = ""
    private var userAgent = ""
    private var address: IPAddress?
    private var isPrefetch = false
    private var authorization: String?
    private var id: RequestID?

    mutating func read(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        // The length alone rules out most variables, so few are compared.
        switch name.count {
        case 9 where name == "PATH_INFO": pathInfo = .uri(value)
        case 10 where name == "REQUEST_ID": id = RequestID(value)
        case 10 where name == "HTTP_X_MOZ": readPurpose(value)
        case 11 where name == "REQUEST_URI": uri = .uri(value)
        case 11 where name == "REMOTE_ADDR": address = IPAddress(value)
        case 11 where name == "HTTP_ORIGIN": origin = String(decoding: value, as: UTF8.self)
        case 12 where name == "QUERY_STRING": query = .uri(value)
        case 12 where name == "HTTP_PURPOSE": readPurpose(value)
        case 14 where name == "REQUEST_METHOD": method = Request.Method(String(decoding: value, as: UTF8.self))
        case 14 where name == "HTTP_X_PURPOSE": readPurpose(value)
        case 15 where name == "HTTP_USER_AGENT": userAgent = String(decoding: value, as: UTF8.self)
        case 16 where name == "HTTP_SEC_PURPOSE": readPurpose(value)
        case 18 where name == "HTTP_AUTHORIZATION": authorization = String(decoding: value, as: UTF8.self)
        case 19 where name == "HTTP_SEC_FETCH_SITE": fetchSite = String(decoding: value, as: UTF8.self)
        default: break
        }
    }

    private mutating func readPurpose(_ value: UnsafeRawBufferPointer) {
        isPrefetch = isPrefetch || Request.isPrefetch(purpose: String(decoding: value, as: UTF8.self))
    }

    var request: Request {
        Request(
            method: method,
            path: pathInfo.isEmpty ? Self.path(ofURI: uri) : pathInfo,
            isBelowBasePath: !pathInfo.isEmpty,
            query: query,
            origin: origin,
            fetchSite: fetchSite,
            userAgent: userAgent,
            address: address,
            isPrefetch: isPrefetch,
            authorization: authorization,
            id: id
        )
    }

    /// The path of a request target (RFC 9112 §3.2), without scheme, authority and query.
    private static func path(ofURI uri: String) -> String {
        var path = uri.utf8.prefix { $0 != UInt8(ascii: "?") }
        if path.first != UInt8(ascii: "/"), let authority = uri.firstRange(of: "://") {
            path = uri.utf8[authority.upperBound...].prefix { $0 != UInt8(ascii: "?") }.drop { $0 != UInt8(ascii: "/") }
        }
        return String(Substring(path))
    }
}

extension UnsafeRawBufferPointer {
    fileprivate static func == (bytes: UnsafeRawBufferPointer, name: StaticString) -> Bool {
        guard bytes.count == name.utf8CodeUnitCount, let start = bytes.baseAddress else { return false }
        return memcmp(start, name.utf8Start, bytes.count) == 0
    }
}

extension String {
    fileprivate static func uri(_ text: UnsafeRawBufferPointer) -> String {
        text.withMemoryRebound(to: UInt8.self) { PercentEncoding.uri($0) }
    }
}
