import Headcount

/// How the lines of a log are written.
protocol LogFormat {
    var name: String { get }

    /// - Parameter body: called with the request of the line, but not for a header.
    /// - Throws: when the line does not fit.
    mutating func read(_ line: LogLine.Bytes, _ body: (LogLine) -> Void) throws(LogMismatch)
}

/// Where a line does not fit a format, and what was expected there.
struct LogMismatch: Error {
    /// In bytes.
    var position: Int
    var expected: String

    static let forwarded = "addresses of X-Forwarded-For, or -"
    static let name = "a name that is not an address"

    /// Whether the line has something else where the format has a name or `X-Forwarded-For`, so that the fields may have
    /// another meaning in all lines.
    var isContradiction: Bool { expected == Self.forwarded || expected == Self.name }
}

enum LogFormats {
    /// The formats that are recognised by their lines. No line fits two of them.
    static func recognised() throws(InvalidValue) -> [any LogFormat] {
        // After a site's name the client must be an IP address: of two names, either could be the client's.
        let common = TextLogFormat.expanded("$common").replacing("$remote_addr", with: "$_addr")
        let combined = TextLogFormat.expanded("$combined").replacing("$remote_addr", with: "$_addr")
        let main = TextLogFormat.expanded("$main").replacing("$http_x_forwarded_for", with: "$_forwarded")
        var formats = [
            try TextLogFormat("combined", "$combined", allowsMoreWords: true),
            try TextLogFormat("main", main, allowsMoreWords: true),
            try TextLogFormat("common", "$common", allowsMoreWords: true),
            try TextLogFormat("vhost_combined", "$_site \(combined)", allowsMoreWords: true),
            try TextLogFormat("vhost_common", "$_site \(common)", allowsMoreWords: true),
        ]
        for index in formats.indices { formats[index].checksHeaders = true }
        return formats + [CaddyLogFormat(), CloudFrontLogFormat()]
    }

    /// The formats that have to be named.
    static let patterns = [
        // ingress-nginx, “Log format”, while it had $the_real_ip. Today's is recognised as combined.
        "ingress-nginx": "$remote_addr - [$_] - $remote_user [$time_local] \"$request\" $status $body_bytes_sent"
            + " \"$http_referer\" \"$http_user_agent\" $_",
        // lighttpd, accesslog.format, whose second field is the host, if that is an address.
        "lighttpd": "$remote_addr $_ $_name [$time_local] \"$request\" $status $body_bytes_sent"
            + " \"$http_referer\" \"$http_user_agent\"",
        // Nginx Proxy Manager, “proxy”.
        "nginx-proxy-manager": "[$time_local] $_ $_ $status - $request_method $scheme $host \"$request_uri\""
            + " [Client $remote_addr] [Length $body_bytes_sent] [Gzip $_] [Sent-to $_] \"$http_user_agent\" \"$http_referer\"",
        // Traefik, “Access Logs”, “Common Log Format”.
        "traefik": "$combined $_ \"$_\" \"$_\" ${_}ms",
    ]

    /// - Parameter text: a format's name, or a pattern (``TextLogFormat``).
    static func named(_ text: String) throws(InvalidValue) -> any LogFormat {
        if text.contains("$") { return try TextLogFormat("of --format", text) }
        if text == "main" { return try TextLogFormat("main", "$main", allowsMoreWords: true) }
        let formats = try recognised()
        if let format = formats.first(where: { $0.name == text }) { return withoutHeaderChecks(format) }
        if let pattern = patterns[text] { return try TextLogFormat(text, pattern) }
        let names = formats.map(\.name) + patterns.keys.sorted()
        if text.contains("%") {
            throw InvalidValue("is Apache's LogFormat; write $remote_addr for %h or %a, and so on")
        }
        throw InvalidValue("must be \(names.joined(separator: ", ")), or nginx's log_format")
    }

    /// A format that was recognised, for further lines.
    static func withoutHeaderChecks(_ format: any LogFormat) -> any LogFormat {
        guard var text = format as? TextLogFormat else { return format }
        text.checksHeaders = false
        return text
    }
}
