#if DynamoDB
import Crypto
import Headcount

/// Signs requests (AWS Identity and Access Management User Guide, “Create a signed AWS API request”: Signature Version
/// 4). Supports what DynamoDB needs: no query, a path without characters to encode, and each header once.
struct Signer: Sendable {
    var region: String
    var service: String

    /// The value of the header `Authorization`.
    ///
    /// - Parameters:
    ///   - headers: every header to sign, including `Host` and `X-Amz-Date`.
    ///   - timestamp: the value of `X-Amz-Date`.
    func authorization(
        method: String,
        path: String,
        headers: [(name: String, value: String)],
        payload: [UInt8],
        timestamp: Timestamp,
        credentials: Credentials
    ) -> String {
        let canonical = Self.canonical(headers)
        let names = canonical.map(\.name).joined(separator: ";")
        let request = [
            method, path, "", canonical.map { "\($0.name):\($0.value)\n" }.joined(), names, Self.hash(payload),
        ].joined(separator: "\n")

        let scope = "\(timestamp.date)/\(region)/\(service)/aws4_request"
        let text = ["AWS4-HMAC-SHA256", "\(timestamp)", scope, Self.hash(Array(request.utf8))].joined(separator: "\n")
        var key = SymmetricKey(data: Array("AWS4\(credentials.secretAccessKey)".utf8))
        for part in [timestamp.date, region, service, "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        let signature = HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key).hexadecimal
        return "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyId)/\(scope), SignedHeaders=\(names),"
            + " Signature=\(signature)"
    }

    /// Sorts headers by name in lower case; removes repeated, leading and trailing spaces from the values.
    private static func canonical(_ headers: [(name: String, value: String)]) -> [(name: String, value: String)] {
        headers.map { ($0.name.lowercased(), $0.value.split(separator: " ").joined(separator: " ")) }
            .sorted { $0.0 < $1.0 }
    }

    private static func hash(_ bytes: [UInt8]) -> String { SHA256.hash(data: bytes).hexadecimal }
}

/// A time in the format of signatures: ISO 8601, basic format, to the second (`20150830T123600Z`).
struct Timestamp: Sendable, CustomStringConvertible {
    /// `20150830`
    let date: String
    let description: String

    init(_ instant: Instant) {
        let day = Day(containing: instant)
        date = "\(day)".filter { $0 != "-" }
        let second = (instant.milliseconds - day.start.milliseconds) / 1000
        let time = [second / 3600, second / 60 % 60, second % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined()
        description = "\(date)T\(time)Z"
    }
}
#endif
