import Glibc
import Headcount

// The vocabulary of RFC 3875 (CGI/1.1), which FastCGI shares: meta-variables in, `Status:` and fields out.

extension Request {
    /// Reads the meta-variables (RFC 3875 §4.1) in one pass.
    ///
    /// - Parameter variables: `NAME=value` strings, ended by a null pointer.
    package init(metaVariables variables: UnsafePointer<UnsafeMutablePointer<CChar>?>) {
        var method = Method.other
        var uri = ""
        var pathInfo = ""
        var query = ""
        var origin: String?
        var fetchSite = ""
        var userAgent = ""
        var address: IPAddress?
        var isAhead = false
        var authorization: String?
        var id: RequestID?

        var next = variables
        while let variable = next.pointee {
            next += 1
            // The first letter spares most variables the comparison of names.
            switch UInt8(bitPattern: variable[0]) {
            case UInt8(ascii: "R"):
                if let value = variable.value(of: "REQUEST_METHOD=") {
                    method = Method(String(cString: value))
                } else if let value = variable.value(of: "REQUEST_URI=") {
                    uri = .uri(value)
                } else if let value = variable.value(of: "REMOTE_ADDR=") {
                    address = IPAddress(cString: value)
                } else if let value = variable.value(of: "REQUEST_ID=") {
                    id = RequestID(cString: value)
                }
            case UInt8(ascii: "P"):
                if let value = variable.value(of: "PATH_INFO=") { pathInfo = .uri(value) }
            case UInt8(ascii: "Q"):
                if let value = variable.value(of: "QUERY_STRING=") { query = .uri(value) }
            case UInt8(ascii: "H"):
                if let value = variable.value(of: "HTTP_USER_AGENT=") {
                    userAgent = String(cString: value)
                } else if let value = variable.value(of: "HTTP_ORIGIN=") {
                    origin = String(cString: value)
                } else if let value = variable.value(of: "HTTP_SEC_FETCH_SITE=") {
                    fetchSite = String(cString: value)
                } else if let value = variable.value(of: "HTTP_AUTHORIZATION=") {
                    authorization = String(cString: value)
                } else if let value = variable.value(of: "HTTP_SEC_PURPOSE=") ?? variable.value(of: "HTTP_PURPOSE=")
                    ?? variable.value(of: "HTTP_X_PURPOSE=") ?? variable.value(of: "HTTP_X_MOZ=")
                {
                    isAhead = isAhead || Request.isAhead(purpose: String(cString: value))
                }
            default:
                continue
            }
        }

        self.init(
            method: method,
            path: pathInfo.isEmpty ? Self.path(ofURI: uri) : pathInfo,
            isBelowBasePath: !pathInfo.isEmpty,
            query: query,
            origin: origin,
            fetchSite: fetchSite,
            userAgent: userAgent,
            address: address,
            isAhead: isAhead,
            authorization: authorization,
            id: id
        )
    }

    /// The path of a request target (RFC 9112 §3.2): what stands before the query, without a scheme and authority.
    private static func path(ofURI uri: String) -> String {
        var path = uri.utf8.prefix { $0 != UInt8(ascii: "?") }
        if path.first != UInt8(ascii: "/"), let authority = uri.firstRange(of: "://") {
            path = uri.utf8[authority.upperBound...].prefix { $0 != UInt8(ascii: "?") }.drop { $0 != UInt8(ascii: "/") }
        }
        return String(Substring(path))
    }
}

extension Response {
    /// Appends the response as a CGI script writes it (RFC 3875 §6).
    package func appendCGI(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "Status: \(status.rawValue) \(status.phrase)\r\n".utf8)
        for field in fields {
            bytes.append(contentsOf: field.name.utf8)
            bytes.append(contentsOf: ": ".utf8)
            bytes.append(contentsOf: field.value.utf8)
            bytes.append(contentsOf: "\r\n".utf8)
        }
        // A 204 has no content and no length of it (RFC 9110 §8.6).
        if status != .noContent { bytes.append(contentsOf: "Content-Length: \(body.utf8.count)\r\n".utf8) }
        bytes.append(contentsOf: "\r\n".utf8)
        if !omitsBody { bytes.append(contentsOf: body.utf8) }
    }
}

/// Plain CGI: the process is the request.
package enum CGI {
    /// Whether this process was started as a CGI script (RFC 3875 §4.1.4).
    package static var isScript: Bool { getenv("GATEWAY_INTERFACE") != nil && getenv("REQUEST_METHOD") != nil }

    /// Answers the request of the environment on standard output. The body, if there is one, is not read.
    package static func answer(_ respond: ([Request]) -> [Response]) {
        for response in respond([Request(metaVariables: environ)]) { write(response) }
    }

    /// Writes a response on standard output.
    package static func write(_ response: Response) {
        var bytes: [UInt8] = []
        response.appendCGI(to: &bytes)
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard written > 0 || errno == EINTR else { return }
            rest = rest.dropFirst(max(0, written))
        }
    }
}

extension UnsafeMutablePointer<CChar> {
    /// What stands behind `NAME=`, if this variable is that one.
    fileprivate func value(of name: StaticString) -> UnsafePointer<CChar>? {
        let length = name.utf8CodeUnitCount
        let start = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        return strncmp(self, start, length) == 0 ? UnsafePointer(self + length) : nil
    }
}

extension String {
    fileprivate static func uri(_ text: UnsafePointer<CChar>) -> String {
        let length = strlen(text)
        return text.withMemoryRebound(to: UInt8.self, capacity: length) {
            PercentEncoding.uri(UnsafeBufferPointer(start: $0, count: length))
        }
    }
}
