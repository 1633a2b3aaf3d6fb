#if DynamoDB
import AsyncHTTPClient
import FoundationEssentials
import Headcount
import NIOCore
import NIOHTTP1

/// AWS's credentials; members named as agents and metadata services name them, but for the first letter.
struct Credentials: Decodable, Sendable {
    var accessKeyId: String
    var secretAccessKey: String
    /// Of temporary credentials.
    var token: String?
    var expiration: Date?

    func isValid(at instant: Instant) -> Bool {
        expiration.map { $0.timeIntervalSince1970 * 1000 > Double(instant.milliseconds) } ?? true
    }
}

/// The credentials in force, renewed five minutes before they expire.
actor CredentialsChain {
    private let environment: [String: String]
    private var held: Credentials?

    init(environment: [String: String]) {
        self.environment = environment.filter { !$0.value.isEmpty }
    }

    /// Several calls that find none in force would each fetch them: an operation of the store asks once before it begins.
    ///
    /// - Throws: ``CallError/refused(code:message:)``
    func current(
        at now: Instant,
        through client: HTTPClient,
        until deadline: NIODeadline
    ) async throws(CallError) -> Credentials {
        if let held, held.isValid(at: Instant(milliseconds: now.milliseconds + 5 * 60_000)) { return held }
        do {
            let fresh = try await fetch(client, deadline)
            held = fresh
            return fresh
        } catch {
            if let held, held.isValid(at: now) { return held }
            throw .refused(code: "NoCredentials", message: "\(error)")
        }
    }

    /// Fetches new ones at the next call.
    func forget() {
        held = nil
    }

    /// From the first source that the environment configures: itself, as Lambda fills it; a container's agent (ECS, EKS); or
    /// an instance's metadata service, version 2 (AWS SDKs and Tools Reference Guide, “Standardized credential providers”).
    private func fetch(_ client: HTTPClient, _ deadline: NIODeadline) async throws -> Credentials {
        func ask(_ url: String, _ headers: HTTPHeaders, _ method: HTTPMethod = .GET) async throws -> ByteBuffer {
            do {
                let request = try HTTPClient.Request(url: url, method: method, headers: headers)
                let response = try await client.answer(to: request, until: min(deadline, .now() + .seconds(1)))
                guard response.status == .ok, let body = response.body else { throw Failure("\(response.status)") }
                return body
            } catch {
                throw Failure("none in the environment, nor from \(url) (\(error))")
            }
        }
        func document(_ url: String, _ headers: HTTPHeaders) async throws -> Credentials {
            try DynamoDB.decoder.decode(Credentials.self, from: Data(try await ask(url, headers).readableBytesView))
        }

        if let id = environment["AWS_ACCESS_KEY_ID"], let secret = environment["AWS_SECRET_ACCESS_KEY"] {
            return Credentials(accessKeyId: id, secretAccessKey: secret, token: environment["AWS_SESSION_TOKEN"])
        }
        let path = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"].map { "http://169.254.170.2\($0)" }
        if let url = path ?? environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
            guard Self.trusted.contains(where: { url.hasPrefix($0) }) else {
                throw Failure("AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor this machine's")
            }
            var token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
            if let file = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
                // Read each time, since it is renewed.
                token = try? String(contentsOfFile: file, encoding: .utf8).filter { !$0.isWhitespace }
                guard token != nil else { throw Failure("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE can't be read") }
            }
            return try await document(url, token.map { ["Authorization": $0] } ?? [:])
        }
        guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else {
            throw Failure("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        }
        let service = "\(environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? "http://169.254.169.254")/latest"
        let token = try await ask("\(service)/api/token", ["X-aws-ec2-metadata-token-ttl-seconds": "21600"], .PUT)
        let headers: HTTPHeaders = ["X-aws-ec2-metadata-token": String(buffer: token)]
        let roles = "\(service)/meta-data/iam/security-credentials/"
        let role = String(buffer: try await ask(roles, headers)).prefix { !$0.isNewline }
        return try await document(roles + role, headers)
    }

    /// Where a container's token may go: over TLS, to this machine, or to the agents of ECS and EKS.
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
