import Headcount

/// How the lines of a log are written.
protocol LogFormat {
    var name: String { get }

    /// - Parameter body: called with the request of the line, but not for a header.
    /// - Throws: when the line does not fit.
    mutating func read(_ line: LogLine.Bytes, _ body: (LogLine) -> Void) throws(LogMismatch)
}

/// Where a line does not fit a format, and what would.
struct LogMismatch: Error {
    /// In bytes.
    var position: Int
    var expected: String

    static let forwarded = "addresses of X-Forwarded-For, or -"
}

enum LogFormats {
    /// Those that are recognised by their lines. No line fits two of them.
    static func recognised() throws(InvalidValue) -> [any LogFormat] {
        // After another word the client has to have an address: two names could be either's.
        let common = TextLogFormat.expanded("$common").replacing("$remote_addr", with: "$_addr")
        let combined = TextLogFormat.expanded("$combined").replacing("$remote_addr", with: "$_addr")
        let main = TextLogFormat.expanded("$main").replacing("$http_x_forwarded_for", with: "$_forwarded")
        return [
            try TextLogFormat("combined", "$combined", allowsMoreWords: true),
            try TextLogFormat("main", main, allowsMoreWords: true),
            try TextLogFormat("common", "$common"),
            try TextLogFormat("vhost_combined", "$_name \(combined)", allowsMoreWords: true),
            try TextLogFormat("vhost_common", "$_name \(common)"),
            CaddyLogFormat(),
            CloudFrontLogFormat(),
        ]
    }

    /// Those that have to be named.
    static let patterns = [
        // ingress-nginx, “Log format”, while it had $the_real_ip. Today's is recognised as combined.
        "ingress-nginx": "$remote_addr - [$_] - $remote_user [$time_local] \"$request\" $status $body_bytes_sent"
            + " \"$http_referer\" \"$http_user_agent\" $_",
        // lighttpd, accesslog.format, where the second field is the host, which may be an address.
        "lighttpd": "$remote_addr $_ $remote_user [$time_local] \"$request\" $status $body_bytes_sent"
            + " \"$http_referer\" \"$http_user_agent\"",
        // Nginx Proxy Manager, “proxy”.
        "nginx-proxy-manager": "[$time_local] $_ $_ $status - $request_method $scheme $host \"$request_uri\""
            + " [Client $remote_addr] [Length $body_bytes_sent] [Gzip $_] [Sent-to $_] \"$http_user_agent\" \"$http_referer\"",
    ]

    /// - Parameter text: a format's name, or a pattern (``TextLogFormat``).
    static func named(_ text: String) throws(InvalidValue) -> any LogFormat {
        if text.contains("$") { return try TextLogFormat("of --format", text) }
        if text == "main" { return try TextLogFormat("main", "$main", allowsMoreWords: true) }
        let formats = try recognised()
        if let format = formats.first(where: { $0.name == text }) { return format }
        if let pattern = patterns[text] { return try TextLogFormat(text, pattern) }
        let names = formats.map(\.name) + patterns.keys.sorted()
        throw InvalidValue("must be \(names.joined(separator: ", ")), or nginx's log_format")
    }
}
