#if DynamoDB
import FoundationEssentials
import Headcount
import Logging
import NIOCore
import Synchronization
import Testing

@testable import DynamoDBStore

@Suite("A call of DynamoDB")
struct DynamoDBTests {
    private static let noon = Instant(milliseconds: 1_795_000_000_000)

    @Test(
        "reuses a connection, unless it was idle so long that it may be dead",
        arguments: [(0, 1), (14_999, 1), (15_000, 2), (86_400_000, 2), (-1, 2)]
    )
    func reuse(milliseconds: Int, connections: Int) throws {
        let server = try HTTPServer("{}")
        let time = Mutex(Self.noon.milliseconds)
        let store = try server.store { Instant(milliseconds: time.withLock { $0 }) }
        for _ in 0..<3 { #expect(try store.tally(for: nil) == Tally(site: .zero)) }
        #expect(server.connections == 1)

        time.withLock { $0 += milliseconds }
        for _ in 0..<3 { #expect(try store.tally(for: nil) == Tally(site: .zero)) }
        #expect(server.connections == connections)
        try store.close()
    }

    @Test("opens the day again for a first visit on another day than the start")
    func dayAfterStart() throws {
        let server = try HTTPServer("{}")
        let time = Mutex(Self.noon.milliseconds)
        let now = { @Sendable in Instant(milliseconds: time.withLock { $0 }) }
        let store = try server.store(now: now)
        let log = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let service = Service(configuration: Configuration(), log: log, now: now) { store }
        _ = service.maintain()
        #expect(server.calls == ["GetItem", "PutItem"])
        time.withLock { $0 += 86_400_000 }
        _ = service.respond(to: [Request(method: .get, path: "/headcount")], by: .after(5000))
        #expect(server.calls.prefix(4) == ["GetItem", "PutItem", "GetItem", "PutItem"])
        try store.close()
    }

    @Test("is given up at the deadline, even after half an answer")
    func silence() throws {
        let server = try HTTPServer("{", fallingShortBy: 1)
        let store = try server.store { Self.noon }
        let began = NIODeadline.now()
        let error = #expect(throws: StoreError.self) { try store.totals(of: [], by: .after(200)) }
        #expect(error?.description.contains("deadline") == true, "\(error?.description ?? "")")
        #expect(NIODeadline.now() - began < .seconds(30))
        try store.close()
    }

    @Test("asks again for unprocessed keys")
    func unprocessed() throws {
        let server = try HTTPServer(
            #"{"Responses":{},"UnprocessedKeys":{"headcount":{"Keys":[{"pk":{"S":"page#"}}],"ConsistentRead":true}}}"#,
            #"{"Responses":{"headcount":[{"pk":{"S":"page#"},"count":{"N":"3"},"uniq":{"N":"2"}}]},"UnprocessedKeys":{}}"#
        )
        let store = try server.store { Self.noon }
        #expect(try store.tally(for: nil) == Tally(site: .init(count: 3, unique: 2)))
        #expect(server.calls.count == 2)
        try store.close()
    }

    @Test("is retried with new credentials when the old ones have expired")
    func expired() throws {
        let server = try HTTPServer(.error(.badRequest, "ExpiredTokenException"), "{}")
        let store = try server.store { Self.noon }
        #expect(try store.tally(for: nil) == Tally(site: .zero))
        #expect(server.calls.count == 2)
        try store.close()
    }

    private static let day = Day(number: 20_781)
    private static let octoberItem = #"{"pk":{"S":"page#"},"month":{"S":"2026-10"},"count":{"N":"7"},"c31":{"N":"7"}}"#

    @Test("that fails while it prepares an addition has certainly added nothing")
    func failedPreparation() throws {
        let server = try HTTPServer { operation, _ in
            switch operation {
            case "UpdateItem": .error(.badRequest, "ConditionalCheckFailedException", item: Self.octoberItem)
            case "TransactWriteItems": .error(.internalServerError, "InternalServerError")
            default: "{}"
            }
        }
        let store = try server.store { Self.noon }
        let visit = Visit(siteVisitor: VisitorID(high: 1, low: 2))
        #expect(throws: StoreError.self) { try store.record([visit], on: Self.day, by: .after(2000)) }
        #expect(server.calls.last == "DeleteItem", "the visitor is removed again")
        try store.close()
    }

    @Test("shares one deadline with the other calls of its batch")
    func deadline() throws {
        let server = try HTTPServer("{", fallingShortBy: 1)
        let store = try server.store { Self.noon }
        let deadline = Deadline.after(3000)
        #expect(throws: StoreError.self) { try store.open(Self.day, by: deadline) }
        var work = Work()
        work.visits = [Visit()]
        work.totals = []
        let results = store.perform(work, by: deadline)
        #expect(throws: StoreError.self) { try results.tallies.get() }
        #expect(throws: StoreError.self) { try results.totals.get() }
        #expect(Deadline.after(0).milliseconds - deadline.milliseconds < 5000, "the deadline is not extended")
        try store.close()
    }

    @Test("pauses for a random time up to a limit that doubles, up to a second", arguments: [0, 3, 8])
    func jitter(attempt: Int) {
        let longest = min(1000, 25 << attempt)
        let pauses = (0..<1000).map { _ in DynamoDB.pause(after: attempt).nanoseconds / 1_000_000 }
        #expect(pauses.allSatisfy { 0...Int64(longest) ~= $0 })
        #expect(pauses.contains { $0 < longest / 4 } && pauses.contains { $0 > longest * 3 / 4 })
    }

    /// Error responses and their meaning (Amazon DynamoDB Developer Guide, “Error handling with DynamoDB”).
    static let failures = [
        (400, "ConditionalCheckFailedException", [], "conditionFailed"),
        (400, "ProvisionedThroughputExceededException", [], "retryable"),
        (400, "ThrottlingException", [], "retryable"),
        (400, "TransactionConflictException", [], "retryable"),
        (400, "TransactionCanceledException", ["None", "TransactionConflict", "None"], "retryable"),
        (400, "TransactionCanceledException", ["ProvisionedThroughputExceeded", "ThrottlingError"], "retryable"),
        (400, "TransactionCanceledException", ["TransactionConflict", "ConditionalCheckFailed"], "cancelled"),
        (400, "ValidationException", [], "refused"),
        (400, "AccessDeniedException", [], "refused"),
        (400, "ResourceNotFoundException", [], "refused"),
        (403, "", [], "refused"),
        (500, "InternalServerError", [], "unknown"),
        (503, "ThrottlingException", [], "retryable"),
        (302, "", [], "unknown"),
    ]

    @Test("fails with an error that says whether it may have taken effect", arguments: failures)
    func failure(status: Int, code: String, reasons: [String], kind: String) throws {
        let listed = reasons.map { #"{"Code":"\#($0)"}"# }.joined(separator: ",")
        let body = #"{"__type":"com.amazonaws.dynamodb.v20120810#\#(code)","CancellationReasons":[\#(listed)]}"#
        let error = CallError(status: status, try DynamoDB.decoder.decode(Answer.self, from: Data(body.utf8)))
        let name =
            switch error {
            case .conditionFailed: "conditionFailed"
            case .cancelled: "cancelled"
            case .retryable: "retryable"
            case .refused: "refused"
            case .unknown: "unknown"
            }
        #expect(name == kind)
        #expect(error.hadNoEffect == (kind != "unknown"))
    }
}
#endif
