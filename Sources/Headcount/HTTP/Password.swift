import Crypto
import FoundationEssentials

/// A password for HTTP Basic authentication (RFC 7617), with any user name.
package struct Password: Sendable, Equatable {
    /// Only the digest is stored, since comparing digests takes the same time for every password.
    private let digest: SHA256Digest

    /// - Returns: `nil` for an empty text, or one with a control character, which Basic can't carry (RFC 7617 §2).
    package init?(_ text: String) {
        guard !text.isEmpty, !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
        digest = SHA256.hash(data: Array(text.utf8))
    }

    /// Whether a request's `Authorization` field contains this password.
    package func matches(authorization: String?) -> Bool {
        guard let authorization, let presented = Self.presented(in: authorization) else { return false }
        // swift-crypto compares digests in constant time (`Digest.==`).
        return SHA256.hash(data: presented) == digest
    }

    /// Asks a client for the password. With `charset`, browsers send it in UTF-8 (RFC 7617 §2.1).
    package static let challenge = Response.Field("WWW-Authenticate", #"Basic realm="Headcount", charset="UTF-8""#)

    /// The password in a request's credentials: everything after the first colon.
    private static func presented(in authorization: String) -> Data? {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic" else { return nil }
        guard let credentials = Data(base64Encoded: String(parts[1].drop { $0 == " " })) else { return nil }
        guard let colon = credentials.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        return credentials[(colon + 1)...]
    }
}
