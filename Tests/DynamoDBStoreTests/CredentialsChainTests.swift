#if DynamoDB
import AsyncHTTPClient
import Headcount
import NIOCore
import Testing

@testable import DynamoDBStore

@Suite("Credentials that expire")
struct CredentialsChainTests {
    private static func document(_ token: String, until expiration: String) -> String {
        #"{"AccessKeyId":"A","SecretAccessKey":"S","Token":"\#(token)","Expiration":"\#(expiration)"}"#
    }

    private static let noon = Day(number: 20_782).start.milliseconds + 12 * 3_600_000

    @Test("are renewed five minutes before they expire")
    func renewal() async throws {
        let server = try HTTPServer(
            .init(Self.document("first", until: "2026-11-25T13:00:00Z")),
            .init(Self.document("second", until: "2026-11-25T14:00:00Z"))
        )
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        let chain = CredentialsChain(environment: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.address])
        for (minutes, token, requests) in [(0, "first", 1), (54, "first", 1), (55, "second", 2), (56, "second", 2)] {
            let now = Instant(milliseconds: Self.noon + minutes * 60_000)
            let credentials = try await chain.current(at: now, through: client, until: .now() + .seconds(5))
            #expect(credentials.token == token, "after \(minutes) minutes")
            #expect(server.calls.count == requests)
        }
        try await client.shutdown()
    }

    @Test("are used until they expire while their source is down")
    func outage() async throws {
        let server = try HTTPServer(
            .init(Self.document("first", until: "2026-11-25T13:00:00Z")),
            .error(.serviceUnavailable, "")
        )
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        let chain = CredentialsChain(environment: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.address])
        for minutes in [0, 55, 56, 59] {
            let now = Instant(milliseconds: Self.noon + minutes * 60_000)
            let credentials = try await chain.current(at: now, through: client, until: .now() + .seconds(5))
            #expect(credentials.token == "first")
        }
        await #expect(throws: CallError.self) {
            try await chain.current(
                at: Instant(milliseconds: Self.noon + 61 * 60_000),
                through: client,
                until: .now() + .seconds(5)
            )
        }
        try await client.shutdown()
    }
}
#endif
