extension Configuration {
    /// Where the responder listens if the parent process passes no socket.
    package enum ListenAddress: Sendable, Equatable {
        /// The path of a Unix socket, at most 107 bytes (unix(7)).
        case unix(path: String)
        /// An address and a port from 1 to 65535.
        case tcp(IPAddress, port: UInt16)
    }
}

extension Configuration.ListenAddress: CustomStringConvertible {
    /// - Returns: `nil` unless the text is an absolute path, `a.b.c.d:port` or `[v6]:port`.
    package init?(_ text: String) {
        if text.hasPrefix("/") {
            guard text.utf8.count <= 107, !text.hasSuffix("/") else { return nil }
            self = .unix(path: text)
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard digits.isDecimal, let port = UInt16(digits), port > 0 else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard let address = IPAddress(String(host)) else { return nil }
        self = .tcp(address, port: port)
    }

    /// The address as written in the setting.
    package var description: String {
        switch self {
        case .unix(let path): path
        case .tcp(let host, let port): host.isIPv4 ? "\(host):\(port)" : "[\(host)]:\(port)"
        }
    }
}
