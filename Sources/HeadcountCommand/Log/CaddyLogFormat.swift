import FoundationEssentials
import Headcount

/// Reads Caddy's access log, a JSON object a line (Caddy, “Structured Logs”).
struct CaddyLogFormat: LogFormat {
    let name = "caddy"
    private let decoder = JSONDecoder()

    func read(_ bytes: LogLine.Bytes, _ body: (LogLine) -> Void) throws(LogMismatch) {
        guard bytes.first == UInt8(ascii: "{") else { throw LogMismatch(position: 0, expected: "“{”") }
        guard let entry = try? decoder.decode(Entry.self, from: Data(buffer: bytes)), let time = entry.time else {
            throw LogMismatch(position: 0, expected: "JSON of Caddy with ts, status and request")
        }
        let request = entry.request
        var fields = LogFields()
        let (method, target) = (fields.append(request.method), fields.append(request.uri))
        let (size, address) = (fields.append("\(entry.size ?? 0)"), fields.append(request.address))
        let forwarded = fields.append(request.headers?["X-Forwarded-For"]?.joined(separator: ", ") ?? "-")
        let userAgent = request.headers.map { fields.append($0["User-Agent"]?.first ?? "") }
        fields.bytes.withUnsafeBufferPointer { bytes in
            var line = LogLine()
            line.time = time
            line.status = entry.status
            line.method = bytes[method.lowerBound, method.upperBound]
            line.target = bytes[target.lowerBound, target.upperBound]
            line.size = bytes[size.lowerBound, size.upperBound]
            line.address = bytes[address.lowerBound, address.upperBound]
            line.forwarded = bytes[forwarded.lowerBound, forwarded.upperBound]
            line.userAgent = userAgent.map { bytes[$0.lowerBound, $0.upperBound] }
            body(line)
        }
    }

    private struct Entry: Decodable {
        /// Seconds since 1970, or ISO 8601 (Caddy, `time_format`).
        var ts: Stamp
        var status: Int
        var size: Int?
        var request: Request

        var time: Instant? {
            switch ts {
            case .seconds(let seconds): LogTime.valid(Int(max(-1, min(seconds, 1e12))))
            case .text(var text): text.withUTF8(LogTime.iso8601)
            }
        }
    }

    private struct Request: Decodable {
        var method: String
        var uri: String
        var headers: [String: [String]]?
        /// The client's address behind trusted proxies, from Caddy 2.7.
        var clientAddress: String?
        var remoteAddress: String?

        var address: String { clientAddress ?? remoteAddress ?? "-" }

        private enum CodingKeys: String, CodingKey {
            case method, uri, headers
            case clientAddress = "client_ip"
            case remoteAddress = "remote_ip"
        }
    }

    private enum Stamp: Decodable {
        case seconds(Double), text(String)

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let seconds = try? value.decode(Double.self) {
                self = .seconds(seconds)
            } else {
                self = .text(try value.decode(String.self))
            }
        }
    }
}

/// The fields of a line that are decoded, one after the other.
struct LogFields {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ field: some Sequence<UInt8>) -> Range<Int> {
        let start = bytes.count
        bytes += field
        return start..<bytes.count
    }

    mutating func append(_ field: String) -> Range<Int> { append(field.utf8) }
}
