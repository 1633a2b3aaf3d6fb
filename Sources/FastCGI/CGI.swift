import Glibc
import Headcount

extension Response {
    /// Appends the response as a CGI script writes it (RFC 3875 §6).
    package func appendCGI(to bytes: inout [UInt8]) {
        bytes.appendField("Status", "\(status.rawValue) \(status.phrase)")
        for field in fields { bytes.appendField(field.name, field.value) }
        for field in corsFields { bytes.appendField(field.name, field.value) }
        // A 204 must not have a Content-Length (RFC 9110 §8.6).
        if status != .noContent { bytes.appendField("Content-Length", String(body.utf8.count)) }
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
