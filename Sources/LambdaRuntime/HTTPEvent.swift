#if DynamoDB
import Headcount

/// A request as an HTTP API or a function URL passes it to a function (Amazon API Gateway Developer Guide, “Create AWS
/// Lambda proxy integrations for HTTP APIs”, payload format 2.0; AWS Lambda Developer Guide, “Invoking Lambda function
/// URLs”). Its body is not read.
struct HTTPEvent: Decodable {
    var rawPath: String
    var rawQueryString: String?
    /// Repeated header fields are joined by commas.
    var headers: [String: String]?
    /// `name=value` each.
    var cookies: [String]?
    var requestContext: Context

    struct Context: Decodable {
        var http: HTTP
        /// `$default`, or a name that precedes every path.
        var stage: String?

        struct HTTP: Decodable {
            var method: String
            var sourceIp: String
        }
    }

    /// The request for the service.
    ///
    /// - Parameters:
    ///   - basePath: `HEADCOUNT_BASE_PATH`. If it begins with the stage, the path keeps the stage.
    ///   - isBehindCloudFront: `HEADCOUNT_CLOUDFRONT`: whether the visitor's address is the one that CloudFront names.
    func request(basePath: String, isBehindCloudFront: Bool = false) -> Request {
        let stage = stage(before: basePath)
        let path = rawPath == stage ? "/" : String(rawPath.dropFirst(stage.count)).asURI
        var request = Request(method: .init(requestContext.http.method), path: path)
        request.scriptName = stage.asURI
        request.query = (rawQueryString ?? "").asURI
        request.address = IPAddress(requestContext.http.sourceIp)
        for (name, value) in headers ?? [:] {
            switch name.lowercased() {
            case "origin": request.origin = value
            case "sec-fetch-site": request.fetchSite = value
            case "user-agent": request.userAgent = value
            case "authorization": request.authorization = value
            case "host": request.host = value
            case "x-forwarded-proto": request.isSecure = value == "https"
            case "if-none-match": request.ifNoneMatch = value
            case "cloudfront-viewer-address" where isBehindCloudFront:
                request.address = IPAddress(viewerAddress: value) ?? request.address
            case "sec-purpose", "purpose", "x-purpose", "x-moz": request.notePurpose(value)
            default: continue
            }
        }
        for var cookie in cookies ?? [] where request.session == nil {
            cookie.withUTF8 { request.noteCookies(UnsafeRawBufferPointer($0)) }
        }
        return request
    }

    /// The stage at the start of the path, such as `/prod`; empty if there is none, or if the base path names it.
    private func stage(before basePath: String) -> String {
        guard let name = requestContext.stage, name != "$default" else { return "" }
        let stage = "/\(name)"
        return "\(rawPath)/".hasPrefix("\(stage)/") && !"\(basePath)/".hasPrefix("\(stage)/") ? stage : ""
    }
}

extension IPAddress {
    /// - Parameter value: an address, a colon and a port, without brackets around an IPv6 address (Amazon CloudFront
    ///   Developer Guide, “Add CloudFront request headers”).
    fileprivate init?(viewerAddress value: String) {
        guard let colon = value.lastIndex(of: ":"), UInt16(value[colon...].dropFirst()) != nil else { return nil }
        self.init(String(value[..<colon]))
    }
}

extension String {
    fileprivate var asURI: String {
        var text = self
        return text.withUTF8(PercentEncoding.uri)
    }
}

extension Response {
    /// The response in payload format 2.0, which has cookies apart from the other fields.
    var lambdaResult: String {
        var values: [(name: String, value: String)] = []
        var cookies: [String] = []
        for field in fields + corsFields {
            if field.name == "Set-Cookie" {
                cookies.append(JSON.string(field.value))
            } else if let index = values.firstIndex(where: { $0.name == field.name }) {
                values[index].value += ", \(field.value)"
            } else {
                values.append((field.name, field.value))
            }
        }
        // API Gateway can't compute the length of an omitted body.
        if omitsBody, status.allowsBody { values.append(("Content-Length", "\(body.utf8.count)")) }
        let headers = values.map { "\(JSON.string($0.name)):\(JSON.string($0.value))" }.joined(separator: ",")
        let members = cookies.isEmpty ? "" : "\"cookies\":[\(cookies.joined(separator: ","))],"
        let body = omitsBody ? "" : body
        return "{\"statusCode\":\(status.rawValue),\"headers\":{\(headers)},\(members)\"body\":\(JSON.string(body)),"
            + "\"isBase64Encoded\":false}"
    }
}
#endif
