#if DynamoDB
import FoundationEssentials
import Headcount
import Testing

@testable import LambdaRuntime

@Suite("An event of payload format 2.0")
struct HTTPEventTests {
    private func event(
        path: String = "/headcount",
        query: String = "",
        method: String = "GET",
        stage: String = "$default",
        sourceIp: String = "192.0.2.1",
        headers: String = "{}"
    ) throws -> HTTPEvent {
        try JSONDecoder().decode(
            HTTPEvent.self,
            from: Data(
                """
                {"version":"2.0","rawPath":"\(path)","rawQueryString":"\(query)","headers":\(headers),"requestContext":\
                {"http":{"method":"\(method)","sourceIp":"\(sourceIp)"},"stage":"\(stage)"}}
                """.utf8
            )
        )
    }

    @Test("becomes a request")
    func becomesRequest() throws {
        let headers = """
            {"User-Agent":"Firefox","origin":"https://example.com","authorization":"Basic eDp5","sec-purpose":"prefetch",\
            "x-forwarded-for":"198.51.100.1","x-amzn-trace-id":"Root=1-2-3","host":"id.execute-api.example",\
            "x-forwarded-proto":"https","If-None-Match":"W/\\"0a\\""}
            """
        let request = try event(path: "/headcount.svg", query: "page=%2Fa&x=1", method: "POST", headers: headers)
            .request(basePath: "")
        #expect(request.method == .post)
        #expect(request.path == "/headcount.svg")
        #expect(request.query == "page=%2Fa&x=1")
        #expect(request.userAgent == "Firefox")
        #expect(request.origin == "https://example.com")
        #expect(request.authorization == "Basic eDp5")
        #expect(request.isPrefetch)
        #expect(request.host == "id.execute-api.example" && request.isSecure)
        #expect(request.ifNoneMatch == #"W/"0a""#)
        #expect(request.address == IPAddress("192.0.2.1"))
        #expect(!request.isBelowBasePath)
    }

    @Test(
        "has no cross origin if the page is of the same origin",
        arguments: ["same-origin", "same-site", "cross-site", "none", ""]
    )
    func sameOrigin(_ site: String) throws {
        let headers = #"{"origin":"https://example.com","sec-fetch-site":"\#(site)"}"#
        let request = try event(headers: headers).request(basePath: "")
        #expect((request.crossOrigin == nil) == (site == "same-origin"))
    }

    @Test("may lack headers, query, cookies and body")
    func minimal() throws {
        let text = #"{"rawPath":"/","requestContext":{"http":{"method":"GET","sourceIp":"2001:db8::1"}}}"#
        let request = try JSONDecoder().decode(HTTPEvent.self, from: Data(text.utf8)).request(basePath: "")
        #expect(request.path == "/" && request.query.isEmpty && request.userAgent.isEmpty)
        #expect(request.origin == nil && request.authorization == nil && request.session == nil && !request.isPrefetch)
        #expect(request.host.isEmpty && !request.isSecure && request.ifNoneMatch.isEmpty)
        #expect(request.address == IPAddress("2001:db8::1"))
    }

    @Test(
        "loses its stage, unless the base path names it",
        arguments: [
            ("$default", "/headcount", "", "", "/headcount"),
            ("prod", "/prod/headcount", "", "/prod", "/headcount"),
            ("prod", "/prod", "", "/prod", "/"),
            ("prod", "/prod/", "", "/prod", "/"),
            ("prod", "/production/headcount", "", "", "/production/headcount"),
            ("prod", "/headcount", "", "", "/headcount"),
            ("prod", "/prod/headcount", "/prod", "", "/prod/headcount"),
            ("prod", "/prod/hc/headcount", "/hc", "/prod", "/hc/headcount"),
            ("prod", "/prod/prod/headcount", "", "/prod", "/prod/headcount"),
            ("prod", "/prod/headcount", "/production", "/prod", "/headcount"),
        ]
    )
    func stages(stage: String, raw: String, basePath: String, removed: String, path: String) throws {
        let request = try event(path: raw, stage: stage).request(basePath: basePath)
        #expect(request.path == path)
        #expect(request.scriptName == removed)
    }

    @Test("has non-ASCII characters percent-encoded")
    func encodes() throws {
        let request = try event(path: "/é", query: "page=/é").request(basePath: "")
        #expect(request.path == "/%C3%A9" && request.query == "page=/%C3%A9")
    }

    @Test("has the session among its cookies")
    func session() throws {
        let text = """
            {"rawPath":"/","cookies":["a=b","headcount=1.c=="],"requestContext":{"http":{"method":"GET","sourceIp":"::1"}}}
            """
        let request = try JSONDecoder().decode(HTTPEvent.self, from: Data(text.utf8)).request(basePath: "")
        #expect(request.session == "1.c==")
    }

    @Test(
        "has the address that CloudFront names, if the owner says so",
        arguments: [
            ("198.51.100.10:46532", "198.51.100.10"), ("2001:db8::8a2e:370:7334:46532", "2001:db8::8a2e:370:7334"),
            ("198.51.100.10", nil), ("2001:db8::1", nil), ("198.51.100.10:", nil), ("198.51.100.10:x", nil),
            ("198.51.100.10:1,203.0.113.1:1", nil), ("", nil),
        ] as [(String, String?)]
    )
    func viewerAddress(_ value: String, _ address: String?) throws {
        let event = try event(headers: #"{"cloudfront-viewer-address":"\#(value)"}"#)
        let request = event.request(basePath: "", isBehindCloudFront: true)
        #expect(request.address == IPAddress(address ?? "192.0.2.1"))
        #expect(event.request(basePath: "").address == IPAddress("192.0.2.1"))
    }

    @Test("with a malformed source address has no address")
    func malformedAddress() throws {
        #expect(try event(sourceIp: "192.168.0.1/32").request(basePath: "").address == nil)
    }
}

@Suite("What a function returns")
struct LambdaResultTests {
    private struct Result: Decodable, Equatable {
        var statusCode: Int
        var headers: [String: String]
        var body: String
        var cookies: [String]?
        var isBase64Encoded: Bool
    }

    private func result(_ response: Response) throws -> Result {
        try JSONDecoder().decode(Result.self, from: Data(response.lambdaResult.utf8))
    }

    @Test("is the response")
    func isResponse() throws {
        let response = Response(
            status: .ok,
            fields: [.init("Vary", "Origin"), .init("Content-Type", "text/plain"), .init("Vary", "Accept")],
            body: "\"café\"\n\u{2028}"
        )
        #expect(
            try result(response)
                == Result(
                    statusCode: 200,
                    headers: ["Vary": "Origin, Accept", "Content-Type": "text/plain"],
                    body: "\"café\"\n\u{2028}",
                    isBase64Encoded: false
                )
        )
    }

    @Test("has its cookies apart")
    func cookies() throws {
        let cookie = "headcount=1.c==; Secure"
        let result = try result(Response(status: .noContent, fields: [.init("Set-Cookie", cookie), .init("A", "b")]))
        #expect(result.cookies == [cookie] && result.headers == ["A": "b"])
    }

    @Test("has the length of an omitted body")
    func head() throws {
        var response = Response(status: .ok, body: "é")
        response.omitsBody = true
        #expect(
            try result(response)
                == Result(statusCode: 200, headers: ["Content-Length": "2"], body: "", isBase64Encoded: false)
        )
        for status in [Response.Status.noContent, .notModified] {
            response.status = status
            #expect(try result(response).headers.isEmpty)
        }
    }
}
#endif
