import FoundationEssentials
import Headcount

/// Reads Caddy's access log, a JSON object a line (Caddy, “Structured Logs”).
struct CaddyLogFormat: LogFormat {
    let name = "caddy"
    private let decoder = JSONDecoder()

    func read(_ bytes: LogLine.Bytes, _ body: (LogLine) -> Void) throws(LogMismatch) {
        guard bytes.first == UInt8(ascii: "{") else { throw LogMismatch(position: 0, expected: "“{”") }
        guard let entry = try? decoder.decode(Entry.self, from: Data(buffer: bytes)), entry.msg == "handled request",
            let time = entry.time, let client = entry.request.client
        else {
            throw LogMismatch(position: 1, expected: "Caddy's JSON, with ts, msg, status, and request with remote_ip")
        }
        let request = entry.request
        var fields = LogFields()
        let (method, target) = (fields.append(request.method), fields.append(request.uri))
        let (size, address) = (fields.append("\(entry.size ?? 0)"), fields.append(client))
        let forwarded = fields.append(request.headers?["X-Forwarded-For"]?.joined(separator: ", ") ?? "-")
        let userAgent = request.headers.map { fields.append($0["User-Agent"]?.first ?? "") }
        fields.read { field in
            var line = LogLine()
            line.time = time
            line.status = entry.status
            line.method = field(method)
            line.target = field(target)
            line.size = field(size)
            line.address = field(address)
            line.forwarded = field(forwarded)
            line.userAgent = userAgent.map(field)
            body(line)
        }
    }

    private struct Entry: Decodable {
        /// Seconds since 1970, or ISO 8601 (Caddy, `time_format`).
        var ts: Stamp
        /// Other messages are not about answers.
        var msg: String
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
        var clientIP: String?
        /// From Caddy 2.5.
        var remoteIP: String?
        /// With the port; before Caddy 2.5.
        var remoteAddress: String?

        var client: String? { clientIP ?? remoteIP ?? remoteAddress }

        private enum CodingKeys: String, CodingKey {
            case method, uri, headers
            case clientIP = "client_ip"
            case remoteIP = "remote_ip"
            case remoteAddress = "remote_addr"
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
