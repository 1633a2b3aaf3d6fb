#if DynamoDB
import AsyncHTTPClient
import FoundationEssentials
import Headcount
import NIOCore
import NIOHTTP1

/// AWS credentials, as container agents and the instance metadata service return them.
struct Credentials: Decodable, Sendable {
    var accessKeyId: String
    var secretAccessKey: String
    /// Only temporary credentials have a token.
    var token: String?
    var expiration: Date?

    func isValid(at instant: Instant) -> Bool {
        expiration.map { $0.timeIntervalSince1970 * 1000 > Double(instant.milliseconds) } ?? true
    }
}

/// Provides the current credentials, and renews them five minutes before they expire.
actor CredentialsChain {
    private let environment: [String: String]
    private var cached: Credentials?

    init(environment: [String: String]) {
        self.environment = environment.filter { !$0.value.isEmpty }
    }

    /// Concurrent calls without cached credentials would each fetch them, so each operation of the store calls this
    /// once before it starts.
    ///
    /// - Throws: ``CallError/refused(code:message:)``
    func current(
        at now: Instant,
        through client: HTTPClient,
        until deadline: NIODeadline
    ) async throws(CallError) -> Credentials {
        if let cached, cached.isValid(at: Instant(milliseconds: now.milliseconds + 5 * 60_000)) { return cached }
        do {
            let fresh = try await fetch(client, deadline)
            cached = fresh
            return fresh
        } catch {
            if let cached, cached.isValid(at: now) { return cached }
            throw .refused(code: "NoCredentials", message: "\(error)")
        }
    }

    /// Makes the next call fetch new credentials.
    func forget() {
        cached = nil
    }

    /// Uses the first source that the environment configures: its own variables, as in Lambda; an agent (ECS, EKS);
    /// or IMDSv2 (AWS SDKs and Tools Reference Guide, “Standardized credential providers”).
    private func fetch(_ client: HTTPClient, _ deadline: NIODeadline) async throws -> Credentials {
        func get(_ url: String, _ headers: HTTPHeaders, _ method: HTTPMethod = .GET) async throws -> ByteBuffer {
            do {
                let request = try HTTPClient.Request(url: url, method: method, headers: headers)
                let response = try await client.answer(to: request, until: min(deadline, .now() + .seconds(1)))
                guard response.status == .ok, let body = response.body else { throw Failure("\(response.status)") }
                return body
            } catch {
                let remedy = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                throw Failure("no credentials in the environment, nor from \(url) (\(error)); \(remedy)")
            }
        }
        func document(_ url: String, _ headers: HTTPHeaders) async throws -> Credentials {
            try DynamoDB.decoder.decode(Credentials.self, from: Data(try await get(url, headers).readableBytesView))
        }

        if let id = environment["AWS_ACCESS_KEY_ID"], let secret = environment["AWS_SECRET_ACCESS_KEY"] {
            return Credentials(accessKeyId: id, secretAccessKey: secret, token: environment["AWS_SESSION_TOKEN"])
        }
        let path = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"].map { "http://169.254.170.2\($0)" }
        if let url = path ?? environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
            guard Self.trusted.contains(where: { url.hasPrefix($0) }) else {
                throw Failure("AWS_CONTAINER_CREDENTIALS_FULL_URI must begin with https:// or address this machine")
            }
            var token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
            if let file = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
                // Read each time, since the agent renews it.
                token = try? String(contentsOfFile: file, encoding: .utf8).filter { !$0.isWhitespace }
                guard token != nil else { throw Failure("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE can't be read") }
            }
            return try await document(url, token.map { ["Authorization": $0] } ?? [:])
        }
        guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else {
            throw Failure("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        }
        let service = "\(environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? "http://169.254.169.254")/latest"
        let token = try await get("\(service)/api/token", ["X-aws-ec2-metadata-token-ttl-seconds": "21600"], .PUT)
        let headers: HTTPHeaders = ["X-aws-ec2-metadata-token": String(buffer: token)]
        let roles = "\(service)/meta-data/iam/security-credentials/"
        let role = String(buffer: try await get(roles, headers)).prefix { !$0.isNewline }
        return try await document(roles + role, headers)
    }

    /// Where a container's token may be sent: over TLS, to this machine, or to the ECS and EKS agents.
    private static let trusted =
        ["https://"]
        + ["localhost", "127.0.0.1", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]
        .flatMap { ["http://\($0):", "http://\($0)/"] }

    private struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }
}
#endif
