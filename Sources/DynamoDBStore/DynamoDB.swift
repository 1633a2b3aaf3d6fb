#if DynamoDB
import AsyncHTTPClient
import FoundationEssentials
import Headcount
import NIOCore
import NIOHTTP1
import NIOPosix

/// A caller of DynamoDB's JSON protocol (Amazon DynamoDB Developer Guide, “DynamoDB low-level API”).
struct DynamoDB: Sendable {
    /// Scheme, host and port.
    var endpoint: Endpoint
    var signer: Signer
    var credentials: CredentialsChain
    var client: HTTPClient
    /// The clock of signatures.
    var now: @Sendable () -> Instant

    /// Calls, and calls again while nothing can have happened: with exponential backoff and full jitter (AWS Architecture
    /// Blog, “Exponential Backoff And Jitter”), inside the deadline.
    ///
    /// - Parameter isRepeatable: whether doing it twice is as good as once, so that one whose outcome is not known may be
    ///   done again.
    func call<Output: Decodable & Sendable>(
        _ operation: Operation,
        _ input: some Encodable & Sendable,
        isRepeatable: Bool,
        until deadline: NIODeadline
    ) async throws(CallError) -> Output {
        let payload = try Self.encoded(input)
        var attempt = 0
        while true {
            let failure: CallError
            do throws(CallError) {
                return try Self.decoded(await once(operation, payload, deadline))
            } catch {
                failure = operation.isRead ? error.beforeTheFact : error
            }
            switch failure {
            case .postponed: break
            case .unknown where isRepeatable: break
            case .refused where failure.isOfExpiredCredentials && attempt == 0: await credentials.forget()
            default: throw failure
            }
            guard await pause(after: attempt, until: deadline) else { throw failure }
            attempt += 1
        }
    }

    /// Waits before another attempt, by the clock of deadlines, which a time of day that is set does not move.
    ///
    /// - Returns: `false`, at once, when the deadline would pass meanwhile.
    func pause(after attempt: Int, until deadline: NIODeadline) async -> Bool {
        let end = NIODeadline.now() + Self.pause(after: attempt)
        guard end < deadline else { return false }
        try? await client.eventLoopGroup.any().scheduleTask(deadline: end) {}.futureResult.get()
        return true
    }

    /// A random part of 25 ms, doubled with each attempt up to a second.
    static func pause(after attempt: Int) -> TimeAmount {
        .milliseconds(.random(in: 0...min(1000, 25 << min(attempt, 10))))
    }

    private func once(
        _ operation: Operation,
        _ payload: [UInt8],
        _ deadline: NIODeadline
    ) async throws(CallError) -> ByteBuffer {
        let credentials = try await credentials.current(at: now(), through: client, until: deadline)
        let headers = signed(operation, payload, credentials)
        let response: HTTPClient.Response
        do {
            let request = try HTTPClient.Request(
                url: "\(endpoint)/",
                method: .POST,
                headers: HTTPHeaders(headers),
                body: .bytes(payload)
            )
            response = try await client.answer(to: request, until: deadline)
        } catch {
            throw Self.failure(error)
        }
        let body = response.body ?? ByteBuffer()
        guard response.status == .ok else {
            let fault = try? Self.decoder.decode(Fault.self, from: Data(body.readableBytesView))
            throw CallError(status: Int(response.status.code), fault: fault)
        }
        return body
    }

    /// The header of a call.
    private func signed(
        _ operation: Operation,
        _ payload: [UInt8],
        _ credentials: Credentials
    ) -> [(String, String)] {
        let timestamp = Timestamp(now())
        var headers = [
            (name: "Host", value: endpoint.authority),
            (name: "Content-Type", value: "application/x-amz-json-1.0"),
            (name: "X-Amz-Date", value: "\(timestamp)"),
            (name: "X-Amz-Target", value: "DynamoDB_20120810.\(operation.rawValue)"),
        ]
        if let token = credentials.sessionToken { headers.append((name: "X-Amz-Security-Token", value: token)) }
        let authorization = signer.authorization(
            method: "POST",
            path: "/",
            headers: headers,
            payload: payload,
            timestamp: timestamp,
            credentials: credentials
        )
        return headers + [(name: "Authorization", value: authorization)]
    }

    /// What certainly was not sent is postponed; of the rest nothing is known.
    private static func failure(_ error: any Error) -> CallError {
        let notSent: [HTTPClientError] = [
            .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout, .emptyHost, .invalidURL,
        ]
        switch error {
        case let error as HTTPClientError where notSent.contains(error): return .postponed("not connected (\(error))")
        case let error as HTTPClientError where error == .deadlineExceeded:
            return .unknown("no answer in time (\(error))")
        case is NIOConnectionError: return .postponed("not connected (\(error))")
        default: return .unknown("\(error)")
        }
    }

    private static func encoded(_ input: some Encodable) throws(CallError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .custom { MemberName($0.last, first: { $0.uppercased() }) }
        do {
            return [UInt8](try encoder.encode(input))
        } catch {
            throw .refused(code: "not written", message: "\(error)")
        }
    }

    static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .custom { MemberName($0.last, first: { $0.lowercased() }) }
        return decoder
    }

    private static func decoded<Output: Decodable>(_ body: ByteBuffer) throws(CallError) -> Output {
        do {
            return try decoder.decode(Output.self, from: Data(body.readableBytesView))
        } catch {
            throw .unknown("an answer that makes no sense (\(error))")
        }
    }
}

/// The name of a member with another first letter: `keys` is `Keys` in the API.
private struct MemberName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ key: (any CodingKey)?, first: (Substring) -> String) {
        let name = key?.stringValue ?? ""
        stringValue = first(name.prefix(1)) + name.dropFirst()
    }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
#endif
