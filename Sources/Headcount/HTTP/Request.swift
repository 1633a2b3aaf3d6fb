/// The few things of an HTTP request that the service reads. Each way in fills one in a single pass over its own
/// parameters, so nothing here knows of FastCGI, CGI or Lambda.
package struct Request: Sendable {
    package var method: Method
    /// The path as it came, still percent-encoded, without the query.
    package var path: String
    /// Whether the web server has cut off what stands in front of the service's own paths (CGI's `PATH_INFO`); otherwise
    /// `HEADCOUNT_BASE_PATH` says what does.
    package var isBelowBasePath: Bool
    /// The query as it came, still percent-encoded, without the `?`; empty when there is none.
    package var query: String
    /// The value of `Origin`; `nil` when the request has none (curl, an image), or says that it is of the same origin
    /// (`Sec-Fetch-Site: same-origin`, which no script can set): browsers name that, too, in a POST.
    package var origin: String?
    /// The value of `User-Agent`; empty when the request has none.
    package var userAgent: String
    /// The peer as the web server saw it, never a header; `nil` when it is no IP address (a Unix socket, say).
    package var address: IPAddress?
    /// Whether a browser asks ahead of a visit that may never come; see ``isPrefetch(purpose:)``.
    package var isPrefetch: Bool
    /// The value of `Authorization`; `nil` when the request has none.
    package var authorization: String?
    /// What the web server calls it, which stays the same if it is sent again; `nil` where the server has no such name.
    package var id: RequestID?

    /// - Parameter fetchSite: the value of `Sec-Fetch-Site`.
    package init(
        method: Method,
        path: String,
        isBelowBasePath: Bool = false,
        query: String = "",
        origin: String? = nil,
        fetchSite: String = "",
        userAgent: String = "",
        address: IPAddress? = nil,
        isPrefetch: Bool = false,
        authorization: String? = nil,
        id: RequestID? = nil
    ) {
        self.method = method
        self.path = path
        self.isBelowBasePath = isBelowBasePath
        self.query = query
        self.origin = fetchSite == "same-origin" ? nil : origin
        self.userAgent = userAgent
        self.address = address
        self.isPrefetch = isPrefetch
        self.authorization = authorization
        self.id = id
    }

    /// Whether a value of `Sec-Purpose` (Fetch, “`Sec-Purpose` header”: `prefetch`, `prefetch;prerender`), or of its
    /// forerunners `Purpose`, `X-Purpose` and `X-Moz` (`prefetch`, `preview`), says that nobody looks yet.
    package static func isPrefetch(purpose: String) -> Bool {
        let purpose = purpose.lowercased()
        return ["prefetch", "prerender", "preview"].contains { purpose.contains($0) }
    }

    /// The methods that the service tells apart (RFC 9110 §9).
    package enum Method: Sendable, Equatable {
        case get, head, post, options
        /// Any other one: known or not, the answer is the same.
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
