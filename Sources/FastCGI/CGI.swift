import Glibc
import Headcount

// The vocabulary of CGI (RFC 3875), which FastCGI shares: meta-variables in, header fields and a body out.

/// Reads the meta-variables of a request.
struct MetaVariables {
    private(set) var request = Request(method: .other, path: "")
    private var scriptName = ""

    mutating func read(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        // The length alone rules out most variables, so few are compared.
        switch name.count {
        case 5 where name == "HTTPS": request.isSecure = request.isSecure || String.text(value) == "on"
        case 9 where name == "HTTP_HOST": request.host = .text(value)
        case 9 where name == "PATH_INFO" && !value.isEmpty:
            request.path = .uri(value)
            request.isBelowBasePath = true
            request.scriptName = scriptName
        case 10 where name == "REQUEST_ID": request.id = RequestID(value)
        case 10 where name == "HTTP_X_MOZ": request.notePurpose(.text(value))
        case 11 where name == "REQUEST_URI" && !request.isBelowBasePath: request.path = Self.path(ofURI: .uri(value))
        case 11 where name == "SCRIPT_NAME":
            scriptName = .uri(value)
            // Without PATH_INFO, it is part of the path instead of a prefix.
            if request.isBelowBasePath { request.scriptName = scriptName }
        case 11 where name == "REMOTE_ADDR": request.address = IPAddress(value)
        case 11 where name == "HTTP_ORIGIN": request.origin = .text(value)
        case 11 where name == "HTTP_COOKIE": request.noteCookies(value)
        case 12 where name == "QUERY_STRING": request.query = .uri(value)
        case 12 where name == "HTTP_PURPOSE": request.notePurpose(.text(value))
        case 14 where name == "REQUEST_METHOD": request.method = Request.Method(String.text(value))
        case 14 where name == "HTTP_X_PURPOSE": request.notePurpose(.text(value))
        case 15 where name == "HTTP_USER_AGENT": request.userAgent = .text(value)
        case 16 where name == "HTTP_SEC_PURPOSE": request.notePurpose(.text(value))
        case 18 where name == "HTTP_AUTHORIZATION": request.authorization = .text(value)
        case 18 where name == "HTTP_IF_NONE_MATCH": request.ifNoneMatch = .text(value)
        case 19 where name == "HTTP_SEC_FETCH_SITE": request.fetchSite = .text(value)
        case 22 where name == "HTTP_X_FORWARDED_PROTO":
            request.isSecure = request.isSecure || String.text(value) == "https"
        default: break
        }
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
    fileprivate static func text(_ value: UnsafeRawBufferPointer) -> String { String(decoding: value, as: UTF8.self) }

    fileprivate static func uri(_ text: UnsafeRawBufferPointer) -> String {
        text.withMemoryRebound(to: UInt8.self) { PercentEncoding.uri($0) }
    }
}

extension Response {
    /// Appends the response as a CGI script writes it (RFC 3875 §6).
    func appendCGI(to bytes: inout [UInt8]) {
        bytes.appendField("Status", "\(status.rawValue) \(status.phrase)")
        for field in fields { bytes.appendField(field.name, field.value) }
        for field in corsFields { bytes.appendField(field.name, field.value) }
        if status.allowsBody { bytes.appendField("Content-Length", String(body.utf8.count)) }
        bytes.append(contentsOf: "\r\n".utf8)
        if !omitsBody { bytes.append(contentsOf: body.utf8) }
    }
}

extension [UInt8] {
    fileprivate mutating func appendField(_ name: String, _ value: String) {
        append(contentsOf: name.utf8)
        append(contentsOf: ": ".utf8)
        append(contentsOf: value.utf8)
        append(contentsOf: "\r\n".utf8)
    }
}

/// Plain CGI: one process for each request.
package enum CGI {
    /// Whether this process was started as a CGI script (RFC 3875 §4.1.4).
    package static var isScript: Bool { getenv("GATEWAY_INTERFACE") != nil && getenv("REQUEST_METHOD") != nil }

    /// The request that the environment describes. The body is not read.
    package static var request: Request {
        var variables = MetaVariables()
        var next = environ
        while let variable = next.pointee {
            let bytes = UnsafeRawBufferPointer(start: variable, count: strlen(variable))
            if let equals = bytes.firstIndex(of: UInt8(ascii: "=")) {
                variables.read(.init(rebasing: bytes[..<equals]), .init(rebasing: bytes[(equals + 1)...]))
            }
            next += 1
        }
        var request = variables.request
        // No web server retries a script.
        request.id = nil
        return request
    }

    /// Writes a response to standard output.
    package static func write(_ response: Response) {
        var bytes: [UInt8] = []
        response.appendCGI(to: &bytes)
        _ = bytes.withUnsafeBytes { writeAll($0, to: STDOUT_FILENO) }
    }
}
