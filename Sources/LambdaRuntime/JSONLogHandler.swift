#if DynamoDB
import FoundationEssentials
import Glibc
import Headcount
import Logging

/// Writes each message as a JSON object to standard error, which Lambda sends to CloudWatch, with the members that
/// Lambda's own runtimes use (AWS Lambda Developer Guide, “Configuring JSON and plain text log formats”): `timestamp`,
/// `level`, `message`, `requestId`; then the other metadata.
package struct JSONLogHandler: LogHandler {
    package var logLevel = Logger.Level.info
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    package init(metadataProvider: Logger.MetadataProvider?) {
        self.metadataProvider = metadataProvider
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let all =
            metadata
            .merging(metadataProvider?.get() ?? [:]) { $1 }
            .merging(event.metadata ?? [:]) { $1 }
        let text = Self.line(event.level, "\(event.message)", all, at: Date())
        // One write, so that the lines of several threads don't mix (pipe(7), PIPE_BUF).
        _ = writeAll(text, to: STDERR_FILENO)
    }

    /// Formats a message, including the newline.
    static func line(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata, at date: Date) -> String {
        let timestamp = date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        var members = [
            ("timestamp", timestamp), ("level", name(of: level)), ("message", message),
        ]
        members += metadata.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
        return "{" + members.map { "\(JSON.string($0)):\(JSON.string($1))" }.joined(separator: ",") + "}\n"
    }

    private static func name(of level: Logger.Level) -> String {
        switch level {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info, .notice: "INFO"
        case .warning: "WARN"
        case .error: "ERROR"
        case .critical: "FATAL"
        }
    }
}
#endif
