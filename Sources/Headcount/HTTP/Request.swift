/// The parts of an HTTP request that the service reads. Each entry point fills one in, so the service does not depend
/// on FastCGI, CGI or Lambda.
package struct Request: Sendable {
    package var method = Method.other
    /// The path as received, percent-encoded, without the query.
    package var path = ""
    /// Whether the web server has removed the prefix of the service's own paths (CGI's `PATH_INFO`). Otherwise the
    /// prefix is `HEADCOUNT_BASE_PATH`.
    package var isBelowBasePath = false
    /// The prefix that the web server has removed from the path (CGI's `SCRIPT_NAME`, API Gateway's stage); empty if it
    /// has removed none.
    package var scriptName = ""
    /// The query as received, percent-encoded, without the `?`; empty if there is none.
    package var query = ""
    /// The value of `Host`; empty if the request has none.
    package var host = ""
    /// Whether the browser's connection uses TLS, as the web server or its proxy says.
    package var isSecure = false
    /// The value of `Origin`; `nil` if the request has none (curl, an image).
    package var origin: String?
    /// The value of `Sec-Fetch-Site`, which scripts can't set.
    package var fetchSite = ""
    /// The origin for CORS; `nil` for a request of the same origin. Browsers send `Origin` with those POSTs, too.
    package var crossOrigin: String? { fetchSite == "same-origin" ? nil : origin }
    /// The value of `User-Agent`; empty if the request has none.
    package var userAgent = ""
    /// The client's address as the web server saw it, or on Lambda as CloudFront did (`HEADCOUNT_CLOUDFRONT`); `nil` for a
    /// Unix socket.
    package var address: IPAddress?
    /// Whether a browser prefetches the page for a possible visit; see ``notePurpose(_:)``.
    package var isPrefetch = false
    /// The value of `Authorization`; `nil` if the request has none.
    package var authorization: String?
    /// The value of the session's cookie; see ``noteCookies(_:)``.
    package var session: String?
    /// The value of `If-None-Match`; empty if the request has none.
    package var ifNoneMatch = ""
    /// The web server's id for this request, which a retry keeps; `nil` if the server assigns none.
    package var id: RequestID?

    /// Notes a value of `Sec-Purpose` (Fetch, “`Sec-Purpose` header”: `prefetch`, `prefetch;prerender`), or of its
    /// predecessors `Purpose`, `X-Purpose` and `X-Moz` (`prefetch`, `preview`), in ``isPrefetch``.
    package mutating func notePurpose(_ purpose: String) {
        let purpose = purpose.lowercased()
        isPrefetch = isPrefetch || ["prefetch", "prerender", "preview"].contains { purpose.contains($0) }
    }

    /// The name of the cookie that ``Password`` makes for a browser that signs in.
    static let sessionCookie = "headcount"

    /// Notes the session in the value of `Cookie` (RFC 6265 §4.2.1). Copies no other cookie: a site's visitors may have
    /// many. If there are several sessions, the first one counts, so that each request can only try one.
    package mutating func noteCookies(_ cookies: UnsafeRawBufferPointer) {
        var rest = cookies[...]
        while !rest.isEmpty {
            let cookie = rest.prefix { $0 != UInt8(ascii: ";") }
            let name = cookie.prefix { $0 != UInt8(ascii: "=") }
            if name.elementsEqual(Self.sessionCookie.utf8) {
                session = String(decoding: cookie.dropFirst(name.count + 1), as: UTF8.self)
                return
            }
            rest = rest[cookie.endIndex...].drop { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: " ") }
        }
    }

    /// The methods that the service distinguishes (RFC 9110 §9).
    package enum Method: Sendable, Equatable {
        case get, head, post, options
        /// Any other method, known or not.
        case other

        /// Methods are case-sensitive (RFC 9110 §9.1).
        package init(_ name: some StringProtocol) {
            self =
                switch name {
                case "GET": .get
                case "HEAD": .head
                case "POST": .post
                case "OPTIONS": .options
                default: .other
                }
        }
    }
}

extension Request {
    /// A request without the other parts.
    package init(method: Method, path: String) {
        self.init(method: method, path: path, query: "")  // the memberwise initializer
    }
}
