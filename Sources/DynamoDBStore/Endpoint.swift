#if DynamoDB
/// The URL of a service without a path, like `http://127.0.0.1:8000`.
struct Endpoint: Sendable, Equatable, CustomStringConvertible {
    let description: String
    /// The value of the `Host` field.
    let authority: String

    /// - Returns: `nil` unless the text is `http://` or `https://`, a host and optionally a port.
    init?(_ text: String) {
        var text = Substring(text)
        if text.hasSuffix("/") { text = text.dropLast() }
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return nil }
        let authority = text.dropFirst(scheme.count)
        let isPlain = authority.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"/?#@\"<>\\^`{|}%".utf8.contains($0) }
        guard !authority.isEmpty, !authority.hasPrefix(":"), isPlain else { return nil }
        description = String(text)
        self.authority = String(authority)
    }
}
#endif
