import Crypto
import FoundationEssentials

/// A password for HTTP Basic authentication (RFC 7617), with any user name, and for the sessions of browsers.
package struct Password: Sendable, Equatable {
    /// Only the digest is stored, since comparing digests takes the same time for every password.
    private let digest: SHA256Digest

    /// - Returns: `nil` for an empty text, or one with a control character, which Basic can't carry (RFC 7617 §2).
    init?(_ text: String) {
        guard !text.isEmpty, !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
        digest = SHA256.hash(data: Array(text.utf8))
    }

    /// Whether a request's `Authorization` field contains this password.
    func matches(authorization: String?) -> Bool {
        guard let authorization, let presented = Self.presented(in: authorization) else { return false }
        // swift-crypto compares digests in constant time (`Digest.==`).
        return SHA256.hash(data: presented) == digest
    }

    /// Asks a client for the password. With `charset`, browsers send it in UTF-8 (RFC 7617 §2.1).
    static let challenge = Response.Field("WWW-Authenticate", #"Basic realm="Headcount", charset="UTF-8""#)

    /// The password in a request's credentials: everything after the first colon.
    private static func presented(in authorization: String) -> Data? {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic" else { return nil }
        guard let credentials = Data(base64Encoded: String(parts[1].drop { $0 == " " })) else { return nil }
        guard let colon = credentials.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        return credentials[(colon + 1)...]
    }
}

// MARK: - Sessions

extension Password {
    /// In seconds.
    private static let sessionLength = 30 * 86_400

    /// Keeps a browser signed in. The cookie holds the end of the session and its HMAC-SHA256 (RFC 2104), whose key is
    /// derived from the password. So the server stores nothing, and a new password ends every session.
    ///
    /// Without `Max-Age`, the browser deletes the cookie when it closes. Without `Path`, it sends the cookie to every path
    /// below `…/headcount` (RFC 6265 §5.1.4), whatever proxies do to the path.
    func sessionCookie(at now: Instant) -> Response.Field {
        let end = now.milliseconds / 1000 + Self.sessionLength
        let code = HMAC<SHA256>.authenticationCode(for: Self.message(endingAt: end), using: key)
        let value = "\(end).\(Data(code).base64EncodedString())"
        return .init("Set-Cookie", "\(Request.sessionCookie)=\(value); Secure; HttpOnly; SameSite=Strict")
    }

    /// Whether the value of a request's session cookie is valid and has not expired.
    func matches(session: String?, at now: Instant) -> Bool {
        guard let parts = session?.split(separator: "."), parts.count == 2,
            let end = Int(parts[0]), end > now.milliseconds / 1000, let code = Data(base64Encoded: String(parts[1]))
        else { return false }
        // Compares in constant time.
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Self.message(endingAt: end), using: key)
    }

    private var key: SymmetricKey { SymmetricKey(data: digest) }

    private static func message(endingAt end: Int) -> Data { Data("headcount session until \(end)".utf8) }
}
