#if DynamoDB
import AsyncHTTPClient
import FoundationEssentials
import Headcount
import NIOCore
import NIOHTTP1
import NIOPosix

/// A client of DynamoDB's JSON protocol (Amazon DynamoDB Developer Guide, “DynamoDB low-level API”).
struct DynamoDB: Sendable {
    var endpoint: Endpoint
    var signer: Signer
    var credentials: CredentialsChain
    let client: HTTPClient
    /// The clock for signatures.
    var now: @Sendable () -> Instant

    /// Calls an operation. Retries it until the deadline if it had no effect or is idempotent, with exponential backoff
    /// and full jitter (AWS Architecture Blog, “Exponential Backoff And Jitter”).
    ///
    /// Only `UpdateItem` is not idempotent: the store's other writes have a condition or a token.
    func call(
        _ operation: String,
        _ input: some Encodable & Sendable,
        until deadline: NIODeadline
    ) async throws(CallError) -> Answer {
        let payload: Data
        do {
            payload = try Self.encoder.encode(input)
        } catch {
            throw .refused(code: "NotEncodable", message: "\(error)")
        }
        var attempt = 0
        while true {
            let failure: CallError
            do throws(CallError) {
                return try await once(operation, [UInt8](payload), deadline)
            } catch {
                failure = error
            }
            switch failure {
            case .retryable: break
            case .unknown where operation != "UpdateItem": break
            case .refused(code: "ExpiredTokenException", _) where attempt == 0: await credentials.forget()
            default: throw failure
            }
            guard await pause(after: attempt, until: deadline) else { throw failure }
            attempt += 1
        }
    }

    /// Waits before another attempt, by the monotonic clock.
    ///
    /// - Returns: `false`, without a pause, if the deadline would pass first.
    func pause(after attempt: Int, until deadline: NIODeadline) async -> Bool {
        let end = NIODeadline.now() + Self.pause(after: attempt)
        guard end < deadline else { return false }
        try? await client.eventLoopGroup.any().scheduleTask(deadline: end) {}.futureResult.get()
        return true
    }

    /// A random time of at most 25 ms, doubled with each attempt, and at most a second.
    static func pause(after attempt: Int) -> TimeAmount {
        .milliseconds(.random(in: 0...min(1000, 25 << min(attempt, 10))))
    }

    private func once(
        _ operation: String,
        _ payload: [UInt8],
        _ deadline: NIODeadline
    ) async throws(CallError) -> Answer {
        let credentials = try await credentials.current(at: now(), through: client, until: deadline)
        let timestamp = Timestamp(now())
        var headers = [
            (name: "Host", value: endpoint.authority),
            (name: "Content-Type", value: "application/x-amz-json-1.0"),
            (name: "X-Amz-Date", value: "\(timestamp)"),
            (name: "X-Amz-Target", value: "DynamoDB_20120810.\(operation)"),
        ]
        if let token = credentials.token { headers.append((name: "X-Amz-Security-Token", value: token)) }
        let authorization = signer.authorization(
            method: "POST",
            path: "/",
            headers: headers,
            payload: payload,
            timestamp: timestamp,
            credentials: credentials
        )
        let response: HTTPClient.Response
        do {
            let request = try HTTPClient.Request(
                url: "\(endpoint)/",
                method: .POST,
                headers: HTTPHeaders(headers + [(name: "Authorization", value: authorization)]),
                body: .bytes(payload)
            )
            response = try await client.answer(to: request, until: deadline)
        } catch {
            throw Self.failure(error)
        }
        let body = response.body.map { Data($0.readableBytesView) } ?? Data()
        let answer = try? Self.decoder.decode(Answer.self, from: body)
        guard response.status == .ok else { throw CallError(status: Int(response.status.code), answer ?? Answer()) }
        guard let answer else { throw .unknown("unreadable answer") }
        return answer
    }

    /// A request that was certainly not sent is retryable; the outcome of any other is unknown.
    private static func failure(_ error: any Error) -> CallError {
        let notSent: [HTTPClientError] = [
            .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout, .emptyHost, .invalidURL,
        ]
        let isNotSent = error is NIOConnectionError || (error as? HTTPClientError).map(notSent.contains) ?? false
        return isNotSent ? .retryable("not connected (\(error))") : .unknown("\(error)")
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .custom { MemberName($0.last, first: { $0.uppercased() }) }
        return encoder
    }

    static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .custom { MemberName($0.last, first: { $0.lowercased() }) }
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }
}

/// Converts the first letter of a member's name: `keys` is `Keys` in the API, and `type` is `__type`.
private struct MemberName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ key: (any CodingKey)?, first: (Substring) -> String) {
        let name = (key?.stringValue ?? "").drop { $0 == "_" }
        stringValue = first(name.prefix(1)) + name.dropFirst()
    }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
#endif
