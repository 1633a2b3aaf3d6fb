#if DynamoDB
import FoundationEssentials
import Headcount

/// A request as an HTTP API and a function URL hand it to a function (Amazon API Gateway Developer Guide, “Create AWS Lambda
/// proxy integrations for HTTP APIs”, payload format 2.0; AWS Lambda Developer Guide, “Invoking Lambda function URLs”).
struct HTTPEvent: Decodable {
    var rawPath: String
    var rawQueryString: String?
    /// What a client sent more than once is joined by commas.
    var headers: [String: String]?
    var requestContext: Context
    var body: String?
    var isBase64Encoded: Bool?

    struct Context: Decodable {
        var http: HTTP
        /// `$default`, or a name that stands before every path.
        var stage: String?

        struct HTTP: Decodable {
            var method: String
            var sourceIp: String
        }
    }

    /// - Throws: ``FunctionError`` for anything else, of which it says what it may be.
    init(_ event: Data) throws(FunctionError) {
        do {
            self = try JSONDecoder().decode(HTTPEvent.self, from: event)
        } catch {
            throw Self.refusal(of: event)
        }
    }

    /// What the service reads of it.
    ///
    /// - Parameter basePath: as configured; if it names the stage, the stage is left to it.
    func request(basePath: String) -> Request {
        var origin: String?
        var fetchSite = ""
        var userAgent = ""
        var isAhead = false
        var authorization: String?
        for (name, value) in headers ?? [:] {
            switch name.lowercased() {
            case "origin": origin = value
            case "sec-fetch-site": fetchSite = value
            case "user-agent": userAgent = value
            case "authorization": authorization = value
            case "sec-purpose", "purpose", "x-purpose", "x-moz": isAhead = isAhead || Request.isAhead(purpose: value)
            default: continue
            }
        }
        return Request(
            method: .init(requestContext.http.method),
            path: path(below: basePath).asURI,
            query: (rawQueryString ?? "").asURI,
            origin: origin,
            fetchSite: fetchSite,
            userAgent: userAgent,
            address: IPAddress(requestContext.http.sourceIp),
            isAhead: isAhead,
            authorization: authorization
        )
    }

    /// Whether it has a body that FastCGI's way in would refuse, too. In bytes.
    var isTooLarge: Bool {
        guard let body = body?.utf8 else { return false }
        guard isBase64Encoded ?? false else { return body.count > Self.maximumBody }
        let padding = body.suffix(2).count { $0 == UInt8(ascii: "=") }
        return body.count / 4 * 3 - padding > Self.maximumBody
    }

    private static let maximumBody = 64 << 10

    private func path(below basePath: String) -> String {
        guard let stage = requestContext.stage, stage != "$default" else { return rawPath }
        let prefix = "/\(stage)"
        guard "\(rawPath)/".hasPrefix("\(prefix)/"), !"\(basePath)/".hasPrefix("\(prefix)/") else { return rawPath }
        return rawPath == prefix ? "/" : String(rawPath.dropFirst(prefix.count))
    }

    private static func refusal(of event: Data) -> FunctionError {
        struct Other: Decodable {
            var httpMethod: String?
        }
        let isOfFormat1 = (try? JSONDecoder().decode(Other.self, from: event))?.httpMethod != nil
        return FunctionError(
            type: "Headcount.NoRequest",
            message: isOfFormat1
                ? "This is an event of payload format 1.0 or of a REST API; set the integration's payload format to 2.0."
                : "This is no HTTP request in payload format 2.0, which an HTTP API or a function URL sends."
        )
    }
}

extension String {
    fileprivate var asURI: String {
        var text = self
        return text.withUTF8(PercentEncoding.uri)
    }
}

extension Response {
    /// What a function returns for it in payload format 2.0.
    var lambdaResult: String {
        var values: [(name: String, value: String)] = []
        for field in fields {
            if let index = values.firstIndex(where: { $0.name == field.name }) {
                values[index].value += ", \(field.value)"
            } else {
                values.append((field.name, field.value))
            }
        }
        // Of a body that is left out nobody else knows the length.
        if omitsBody, status != .noContent { values.append(("Content-Length", "\(body.utf8.count)")) }
        let headers = values.map { "\(JSON.string($0.name)):\(JSON.string($0.value))" }.joined(separator: ",")
        let body = omitsBody ? "" : body
        return "{\"statusCode\":\(status.rawValue),\"headers\":{\(headers)},\"body\":\(JSON.string(body)),"
            + "\"isBase64Encoded\":false}"
    }
}
#endif
