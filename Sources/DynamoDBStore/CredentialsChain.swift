#if DynamoDB
import AsyncHTTPClient
import Headcount
import NIOCore

/// The credentials in force, renewed five minutes before they pass.
actor CredentialsChain {
    private let source: Result<CredentialsSource, CredentialsError>
    private var held: Credentials?
    private var renewalDue = Instant(milliseconds: .min)

    /// In milliseconds.
    private static let margin = 5 * 60_000
    /// How long to leave a source alone that failed while what it gave is still good, in milliseconds.
    private static let respite = 30_000

    init(environment: [String: String]) {
        source = Result { () throws(CredentialsError) in try CredentialsSource(environment: environment) }
    }

    /// Several calls that find none in force would each fetch them: an operation of the store asks once before it begins.
    ///
    /// - Throws: ``CallError/refused(code:message:)``
    func current(
        at now: Instant,
        through client: HTTPClient,
        until deadline: NIODeadline
    ) async throws(CallError) -> Credentials {
        if let held, now < renewalDue { return held }
        do throws(CredentialsError) {
            let fresh = try await source.get().fetch(client, until: deadline)
            held = fresh
            renewalDue = Self.renewal(of: fresh, at: now)
            return fresh
        } catch {
            guard let held, let expiration = held.expiration, now < expiration else {
                throw .refused(code: "NoCredentials", message: error.description)
            }
            renewalDue = Instant(milliseconds: now.milliseconds + Self.respite)
            return held
        }
    }

    /// A source that gives what passes soon anyway is not asked at every call.
    private static func renewal(of credentials: Credentials, at now: Instant) -> Instant {
        guard let expiration = credentials.expiration?.milliseconds else { return Instant(milliseconds: .max) }
        return Instant(milliseconds: min(expiration, max(expiration - margin, now.milliseconds + respite)))
    }

    /// Takes the credentials for expired, whatever they say of themselves.
    func forget() {
        held = nil
    }
}
#endif
