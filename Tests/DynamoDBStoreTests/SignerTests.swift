#if DynamoDB
import Headcount
import Testing

@testable import DynamoDBStore

@Suite("A signature of version 4")
struct SignerTests {
    /// Inputs and signatures of AWS's test suite (awslabs/aws-c-auth, `tests/aws-signing-test-suite/v4`): those without a
    /// query and with the root as their path. The names are those of the suite.
    struct Vector: Sendable, CustomTestStringConvertible {
        var name: String
        var method: String
        var headers: [(name: String, value: String)]
        var payload = ""
        var signed: String
        var signature: String

        var testDescription: String { name }
    }

    private static let formHeaders = [
        (name: "Content-Length", value: "13"),
        (
            name: "X-Amz-Content-Sha256",
            value: "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"
        ),
    ]

    static let vectors = [
        Vector(
            name: "get-vanilla",
            method: "GET",
            headers: [],
            signed: "host;x-amz-date",
            signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        ),
        Vector(
            name: "get-header-value-trim",
            method: "GET",
            headers: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            signed: "host;my-header1;my-header2;x-amz-date",
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"
        ),
        Vector(
            name: "post-x-www-form-urlencoded",
            method: "POST",
            headers: [("Content-Type", "application/x-www-form-urlencoded")] + formHeaders,
            payload: "Param1=value1",
            signed: "content-length;content-type;host;x-amz-content-sha256;x-amz-date",
            signature: "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b"
        ),
        Vector(
            name: "get-vanilla-with-session-token",
            method: "GET",
            headers: [("X-Amz-Security-Token", "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267")],
            signed: "host;x-amz-date;x-amz-security-token",
            signature: "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"
        ),
    ]

    @Test("matches AWS's test suite", arguments: vectors)
    func matches(_ vector: Vector) {
        let signer = Signer(region: "us-east-1", service: "service")
        let authorization = signer.authorization(
            method: vector.method,
            path: "/",
            headers: [("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z")] + vector.headers,
            payload: Array(vector.payload.utf8),
            timestamp: Timestamp(Instant(milliseconds: 1_440_938_160_000)),
            credentials: Credentials(
                accessKeyId: "AKIDEXAMPLE",
                secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
            )
        )
        #expect(
            authorization
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,"
                + " SignedHeaders=\(vector.signed), Signature=\(vector.signature)"
        )
    }

    @Test(
        "has its time in UTC, to the second",
        arguments: [(0, "19700101T000000Z"), (1_709_251_199_999, "20240229T235959Z")]
    )
    func timestamp(milliseconds: Int, text: String) {
        #expect(Timestamp(Instant(milliseconds: milliseconds)).description == text)
    }
}
#endif
