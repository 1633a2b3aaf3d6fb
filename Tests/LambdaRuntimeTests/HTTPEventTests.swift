#if DynamoDB
import FoundationEssentials
import Headcount
import Testing

@testable import LambdaRuntime

@Suite("An event of payload format 2.0")
struct HTTPEventTests {
    private func event(
        path: String = "/count",
        query: String = "",
        method: String = "GET",
        stage: String = "$default",
        sourceIp: String = "192.0.2.1",
        headers: String = "{}",
        rest: String = ""
    ) throws -> HTTPEvent {
        try HTTPEvent(
            Data(
                """
                {"version":"2.0","rawPath":"\(path)","rawQueryString":"\(query)","headers":\(headers),"requestContext":\
                {"http":{"method":"\(method)","sourceIp":"\(sourceIp)"},"stage":"\(stage)"}\(rest)}
                """.utf8
            )
        )
    }

    @Test("becomes a request")
    func becomesRequest() throws {
        let headers = """
            {"User-Agent":"Firefox","origin":"https://example.com","authorization":"Basic eDp5","sec-purpose":"prefetch",\
            "x-forwarded-for":"198.51.100.1","x-amzn-trace-id":"Root=1-2-3"}
            """
        let request = try event(path: "/count.svg", query: "page=%2Fa&x=1", method: "POST", headers: headers)
            .request(basePath: "")
        #expect(request.method == .post)
        #expect(request.path == "/count.svg")
        #expect(request.query == "page=%2Fa&x=1")
        #expect(request.userAgent == "Firefox")
        #expect(request.origin == "https://example.com")
        #expect(request.authorization == "Basic eDp5")
        #expect(request.isAhead)
        #expect(request.address == IPAddress("192.0.2.1"))
        #expect(!request.isBelowBasePath)
    }

    @Test("names no origin that is its own", arguments: ["same-origin", "same-site", "cross-site", "none", ""])
    func sameOrigin(_ site: String) throws {
        let headers = #"{"origin":"https://example.com","sec-fetch-site":"\#(site)"}"#
        let request = try event(headers: headers).request(basePath: "")
        #expect((request.origin == nil) == (site == "same-origin"))
    }

    @Test("needs no headers, query, cookies or body")
    func needsLittle() throws {
        let text = #"{"rawPath":"/","requestContext":{"http":{"method":"GET","sourceIp":"2001:db8::1"}}}"#
        let request = try HTTPEvent(Data(text.utf8)).request(basePath: "")
        #expect(request.path == "/" && request.query.isEmpty && request.userAgent.isEmpty)
        #expect(request.origin == nil && request.authorization == nil && !request.isAhead)
        #expect(request.address == IPAddress("2001:db8::1"))
    }

    @Test(
        "gives its stage up, unless the base path names it",
        arguments: [
            ("$default", "/count", "", "/count"),
            ("prod", "/prod/count", "", "/count"),
            ("prod", "/prod", "", "/"),
            ("prod", "/prod/", "", "/"),
            ("prod", "/production/count", "", "/production/count"),
            ("prod", "/count", "", "/count"),
            ("prod", "/prod/count", "/prod", "/prod/count"),
            ("prod", "/prod/hc/count", "/hc", "/hc/count"),
            ("prod", "/prod/prod/count", "", "/prod/count"),
            ("prod", "/prod/count", "/production", "/count"),
        ]
    )
    func stages(stage: String, raw: String, basePath: String, path: String) throws {
        #expect(try event(path: raw, stage: stage).request(basePath: basePath).path == path)
    }

    @Test("keeps what is not ASCII for the decoder of queries to judge")
    func encodes() throws {
        let request = try event(path: "/é", query: "page=/é").request(basePath: "")
        #expect(request.path == "/%C3%A9" && request.query == "page=/%C3%A9")
    }

    @Test(
        "is too large when its body is",
        arguments: [(65_536, "", false), (65_537, "", true), (87_382, "==", false), (87_383, "=", true)]
    )
    func limits(length: Int, padding: String, isTooLarge: Bool) throws {
        let body = String(repeating: "a", count: length) + padding
        let event = try event(rest: #","body":"\#(body)","isBase64Encoded":\#(!padding.isEmpty)"#)
        #expect(event.isTooLarge == isTooLarge)
    }

    @Test(
        "of another kind is refused with a reason",
        arguments: [
            ("", "no HTTP request"), ("{", "no HTTP request"), ("null", "no HTTP request"), ("[]", "no HTTP request"),
            (#"{"source":"aws.events"}"#, "no HTTP request"),
            (#"{"rawPath":"/"}"#, "no HTTP request"),
            (#"{"rawPath":1,"requestContext":{"http":{"method":"GET","sourceIp":"192.0.2.1"}}}"#, "no HTTP request"),
            (#"{"version":"1.0","httpMethod":"GET","path":"/count"}"#, "payload format to 2.0"),
        ]
    )
    func refuses(text: String, reason: String) {
        let error = #expect(throws: FunctionError.self) { try HTTPEvent(Data(text.utf8)) }
        #expect(error?.message.contains(reason) == true)
        #expect(error?.type == "Headcount.NoRequest")
    }

    @Test("source addresses that are none give no address")
    func strangeAddress() throws {
        #expect(try event(sourceIp: "192.168.0.1/32").request(basePath: "").address == nil)
    }
}

@Suite("What a function returns")
struct LambdaResultTests {
    private struct Result: Decodable, Equatable {
        var statusCode: Int
        var headers: [String: String]
        var body: String
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

    @Test("tells the length of a body that is left out")
    func head() throws {
        var response = Response(status: .ok, body: "é")
        response.omitsBody = true
        #expect(
            try result(response)
                == Result(statusCode: 200, headers: ["Content-Length": "2"], body: "", isBase64Encoded: false)
        )
        response.status = .noContent
        #expect(try result(response).headers.isEmpty)
    }

    @Test("an error has the members that the Runtime API wants")
    func error() throws {
        struct Document: Decodable, Equatable {
            var errorMessage: String
            var errorType: String
            var stackTrace: [String]
        }
        let error = FunctionError(type: "Headcount.X", message: "a \"b\"")
        #expect(
            try JSONDecoder().decode(Document.self, from: Data(error.json.utf8))
                == Document(errorMessage: "a \"b\"", errorType: "Headcount.X", stackTrace: [])
        )
        #expect(error.fields.first(name: "Lambda-Runtime-Function-Error-Type") == "Headcount.X")
    }
}
#endif
