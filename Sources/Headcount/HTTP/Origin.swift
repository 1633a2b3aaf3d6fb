/// The origin of a page: scheme, host and port (RFC 6454 §6), as browsers send it in `Origin`.
struct Origin: Sendable, Hashable, CustomStringConvertible {
    let scheme: String
    let host: String
    /// `nil` for the scheme's default.
    let port: UInt16?

    /// - Returns: `nil` unless the text is `scheme://host` or `scheme://host:port`; also for `null`.
    init?(_ text: some StringProtocol) {
        guard let parts = OriginParts(text), parts.host.isHostName else { return nil }
        self.scheme = parts.scheme
        self.host = parts.host
        self.port = parts.port
    }

    var description: String {
        port.map { "\(scheme)://\(host):\($0)" } ?? "\(scheme)://\(host)"
    }
}

/// One entry of `HEADCOUNT_ALLOWED_ORIGINS`.
enum OriginPattern: Sendable, Hashable {
    case exactly(Origin)
    /// `scheme://*.domain`: all subdomains at any depth, but not the domain itself.
    case below(scheme: String, domain: String, port: UInt16?)

    /// - Returns: `nil` if the text is neither an origin nor `scheme://*.domain[:port]`.
    init?(_ text: some StringProtocol) {
        if let origin = Origin(text) {
            self = .exactly(origin)
            return
        }
        guard let parts = OriginParts(text), parts.host.hasPrefix("*.") else { return nil }
        let domain = String(parts.host.dropFirst(2))
        guard domain.isHostName, !domain.hasPrefix("[") else { return nil }
        self = .below(scheme: parts.scheme, domain: domain, port: parts.port)
    }

    func matches(_ origin: Origin) -> Bool {
        switch self {
        case .exactly(let allowed):
            origin == allowed
        case .below(let scheme, let domain, let port):
            origin.scheme == scheme && origin.port == port && origin.host.hasSuffix("." + domain)
        }
    }
}

extension OriginPattern: CustomStringConvertible {
    /// The pattern as written in the setting.
    var description: String {
        switch self {
        case .exactly(let origin): "\(origin)"
        case .below(let scheme, let domain, let port): "\(scheme)://*.\(domain)" + (port.map { ":\($0)" } ?? "")
        }
    }
}

/// The parts of `scheme://host[:port]`, in lower case and without a default port. The host is not validated.
private struct OriginParts {
    let scheme: String
    let host: String
    let port: UInt16?

    init?(_ text: some StringProtocol) {
        let text = String(decoding: text.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }, as: UTF8.self)
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return nil }
        let scheme = text[..<colon]
        guard let first = scheme.utf8.first, first.isLowercaseLetter,
            scheme.utf8.allSatisfy({ $0.isLowercaseLetter || $0.isDigit || "+-.".utf8.contains($0) })
        else { return nil }

        var host = text[text.index(colon, offsetBy: 3)...]
        var port: UInt16?
        if let mark = host.lastIndex(of: ":"), !host[mark...].contains("]") {
            let digits = host[host.index(after: mark)...]
            guard digits.isDecimal, let number = UInt16(digits), number > 0 else { return nil }
            port = number
            host = host[..<mark]
        }
        self.scheme = String(scheme)
        self.host = String(host)
        self.port = port == Self.defaultPorts[self.scheme] ? nil : port
    }

    private static let defaultPorts: [String: UInt16] = ["http": 80, "https": 443]
}

extension String {
    /// Whether this is a host name with labels of letters, digits, `-` and `_`, or a bracketed IPv6 address. Browsers
    /// send international names in their ASCII form.
    fileprivate var isHostName: Bool {
        if hasPrefix("["), hasSuffix("]") {
            return !contains("%") && IPAddress(String(dropFirst().dropLast())) != nil
        }
        return utf8.count <= 253
            && split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                !label.isEmpty && label.utf8.count <= 63
                    && label.utf8.allSatisfy { $0.isLowercaseLetter || $0.isDigit || $0 == 0x2D || $0 == 0x5F }
            }
    }
}

extension UInt8 {
    fileprivate var isLowercaseLetter: Bool { self >= UInt8(ascii: "a") && self <= UInt8(ascii: "z") }
    fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}
