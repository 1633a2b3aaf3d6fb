#if DynamoDB
import AsyncHTTPClient
import FoundationEssentials
import Headcount
import NIOCore
import NIOHTTP1

/// What AWS knows a caller by.
struct Credentials: Sendable, Equatable {
    var accessKeyID: String
    var secretAccessKey: String
    /// With credentials that pass.
    var sessionToken: String?
    /// When they pass; `nil` for those that do not.
    var expiration: Instant?
}

/// Where credentials come from (AWS SDKs and Tools Reference Guide, “Standardized credential providers”).
enum CredentialsSource: Sendable, Equatable {
    /// The environment, as Lambda fills it.
    case fixed(Credentials)
    /// A container's agent (ECS, EKS): an address, and what proves who asks.
    case container(url: String, token: ContainerToken?)
    /// An instance's metadata service, version 2 (EC2).
    case instance(endpoint: String)

    enum ContainerToken: Sendable, Equatable {
        case value(String)
        /// Read anew each time, since it is renewed.
        case file(path: String)
    }

    /// The first source that the environment configures; an instance's is there without configuration.
    ///
    /// - Throws: when what the environment names can't be used, or nothing is left.
    init(environment: [String: String]) throws(CredentialsError) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

        if let id = value("AWS_ACCESS_KEY_ID"), let secret = value("AWS_SECRET_ACCESS_KEY") {
            let token = value("AWS_SESSION_TOKEN")
            self = .fixed(Credentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token))
            return
        }
        let token =
            value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map { ContainerToken.file(path: $0) }
            ?? value("AWS_CONTAINER_AUTHORIZATION_TOKEN").map { ContainerToken.value($0) }
        if let path = value("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            self = .container(url: "http://169.254.170.2\(path)", token: token)
        } else if let url = value("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            guard Self.mayBeTold(url) else {
                throw CredentialsError("AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor this machine's")
            }
            self = .container(url: url, token: token)
        } else {
            guard value("AWS_EC2_METADATA_DISABLED")?.lowercased() != "true" else {
                throw CredentialsError("no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
            }
            let endpoint = value("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254"
            self = .instance(endpoint: endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint)
        }
    }

    /// Whether a container's token may go there: over TLS, to this machine, or to the agents of ECS and EKS.
    private static func mayBeTold(_ url: String) -> Bool {
        if url.hasPrefix("https://") { return true }
        guard url.hasPrefix("http://") else { return false }
        let authority = url.dropFirst("http://".count).prefix { !"/?#".contains($0) }
        guard !authority.contains("@") else { return false }
        let host =
            authority.hasPrefix("[") ? authority.dropFirst().prefix { $0 != "]" } : authority.prefix { $0 != ":" }
        if host == "localhost" { return true }
        guard let address = IPAddress(String(host)) else { return false }
        return ["127.0.0.0/8", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"]
            .compactMap { AddressBlock($0) }.contains { $0.contains(address) }
    }

    /// Asks for credentials.
    func fetch(_ client: HTTPClient, until deadline: NIODeadline) async throws(CredentialsError) -> Credentials {
        switch self {
        case .fixed(let credentials):
            return credentials
        case .container(let url, let token):
            var headers = HTTPHeaders()
            if let token = try token?.read() { headers.add(name: "Authorization", value: token) }
            return try Self.credentials(try await Self.ask(client, .GET, url, headers, deadline))
        case .instance(let endpoint):
            let ttl: HTTPHeaders = ["X-aws-ec2-metadata-token-ttl-seconds": "21600"]
            let token = try await Self.ask(client, .PUT, "\(endpoint)/latest/api/token", ttl, deadline)
            let headers: HTTPHeaders = ["X-aws-ec2-metadata-token": String(buffer: token)]
            let roles = "\(endpoint)/latest/meta-data/iam/security-credentials/"
            let role = String(buffer: try await Self.ask(client, .GET, roles, headers, deadline))
            guard let name = role.split(whereSeparator: \.isNewline).first else {
                throw CredentialsError("no credentials: none in the environment, and this instance has no role")
            }
            return try Self.credentials(try await Self.ask(client, .GET, roles + name, headers, deadline))
        }
    }

    private static func ask(
        _ client: HTTPClient,
        _ method: HTTPMethod,
        _ url: String,
        _ headers: HTTPHeaders,
        _ deadline: NIODeadline
    ) async throws(CredentialsError) -> ByteBuffer {
        do {
            let request = try HTTPClient.Request(url: url, method: method, headers: headers)
            let response = try await client.answer(to: request, until: min(deadline, .now() + .seconds(1)))
            guard response.status == .ok else { throw CredentialsError("\(url) answered \(response.status.code)") }
            return response.body ?? ByteBuffer()
        } catch let error as CredentialsError {
            throw error
        } catch {
            throw CredentialsError("no credentials in the environment, nor from \(url) (\(error))")
        }
    }

    /// What agents and metadata services answer alike.
    private struct Document: Decodable {
        var accessKeyId: String
        var secretAccessKey: String
        var token: String
        var expiration: String
    }

    private static func credentials(_ body: ByteBuffer) throws(CredentialsError) -> Credentials {
        guard let document = try? DynamoDB.decoder.decode(Document.self, from: Data(body.readableBytesView)),
            let expiration = try? Date(document.expiration, strategy: .iso8601)
        else { throw CredentialsError("credentials in a form that is not known") }
        return Credentials(
            accessKeyID: document.accessKeyId,
            secretAccessKey: document.secretAccessKey,
            sessionToken: document.token,
            expiration: Instant(milliseconds: Int(expiration.timeIntervalSince1970 * 1000))
        )
    }
}

extension CredentialsSource.ContainerToken {
    fileprivate func read() throws(CredentialsError) -> String {
        switch self {
        case .value(let value): return value
        case .file(let path):
            guard let content = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw CredentialsError("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE can't be read")
            }
            return String(content.prefix { !$0.isWhitespace })
        }
    }
}

/// Why there are no credentials, with what was tried.
struct CredentialsError: Error, Sendable, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
#endif
