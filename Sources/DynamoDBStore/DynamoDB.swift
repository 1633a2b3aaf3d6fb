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
                failure = error
            }
            switch failure {
            case .postponed: break
            case .unknown where isRepeatable: break
            case .refused where failure.isOfExpiredCredentials && attempt == 0: await credentials.forget()
            default: throw failure
            }
            let pause = Self.pause(before: attempt)
            guard NIODeadline.now() + pause < deadline else { throw failure }
            try? await Task.sleep(nanoseconds: UInt64(pause.nanoseconds))
            attempt += 1
        }
    }

    /// A random part of 25 ms, doubled with each attempt up to a second.
    private static func pause(before attempt: Int) -> TimeAmount {
        .milliseconds(.random(in: 0...min(1000, 25 << min(attempt, 10))))
    }

    private func once(
        _ operation: Operation,
        _ payload: [UInt8],
        _ deadline: NIODeadline
    ) async throws(CallError) -> ByteBuffer {
        let credentials = try await credentials.current(at: now(), until: deadline)
        let request = signed(operation, payload, credentials)
        let response: HTTPClientResponse
        let body: ByteBuffer
        do {
            response = try await client.execute(request, deadline: deadline)
        } catch {
            throw Self.failure(error)
        }
        do {
            body = try await response.body.collect(upTo: 20 << 20)
        } catch {
            throw .unknown("half an answer (\(error))")
        }
        guard response.status == .ok else {
            let fault = try? JSONDecoder().decode(Fault.self, from: Data(body.readableBytesView))
            throw CallError(status: Int(response.status.code), fault: fault)
        }
        return body
    }

    private func signed(_ operation: Operation, _ payload: [UInt8], _ credentials: Credentials) -> HTTPClientRequest {
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
        var request = HTTPClientRequest(url: "\(endpoint)/")
        request.method = .POST
        request.headers = HTTPHeaders(headers.map { ($0.name, $0.value) } + [("Authorization", authorization)])
        request.body = .bytes(payload)
        return request
    }

    /// What certainly was not sent is postponed; of the rest nothing is known.
    private static func failure(_ error: any Error) -> CallError {
        let notSent: [HTTPClientError] = [
            .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout, .emptyHost, .invalidURL,
        ]
        switch error {
        case let error as HTTPClientError where notSent.contains(error): return .postponed("not connected (\(error))")
        case is NIOConnectionError: return .postponed("not connected (\(error))")
        default: return .unknown("\(error)")
        }
    }

    private static func encoded(_ input: some Encodable) throws(CallError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .custom { MemberName($0.last) }
        do {
            return [UInt8](try encoder.encode(input))
        } catch {
            throw .refused(code: "not written", message: "\(error)")
        }
    }

    private static func decoded<Output: Decodable>(_ body: ByteBuffer) throws(CallError) -> Output {
        do {
            return try JSONDecoder().decode(Output.self, from: Data(body.readableBytesView))
        } catch {
            throw .unknown("an answer that makes no sense (\(error))")
        }
    }
}

/// The name of a member as the API has it: `keys` is `Keys`.
private struct MemberName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ key: (any CodingKey)?) {
        let name = key?.stringValue ?? ""
        stringValue = name.prefix(1).uppercased() + name.dropFirst()
    }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
