/// Where a service is: scheme, host and perhaps port, as in `http://127.0.0.1:8000`.
package struct Endpoint: Sendable, Equatable, CustomStringConvertible {
    package let description: String
    /// What goes into `Host`.
    package let authority: String

    /// - Returns: `nil` unless the text is `http://` or `https://`, a host and perhaps a port.
    package init?(_ text: String) {
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
