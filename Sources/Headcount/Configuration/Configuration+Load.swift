import Glibc

extension Configuration {
    /// The settings file if `HEADCOUNT_CONFIG` is not set.
    package static let defaultFile = "/etc/headcount/headcount.env"

    /// Reads the settings file, then the environment, which takes precedence.
    ///
    /// - Throws: every problem found. The default file may be missing; a file named by `HEADCOUNT_CONFIG` must exist.
    package static func load(_ environment: [String: String]) throws(ConfigurationError) -> Configuration {
        let named = environment["HEADCOUNT_CONFIG"]
        let file = try settings(inFile: named ?? defaultFile, mayBeMissing: named == nil)
        return try Configuration(environment: file.merging(environment) { _, process in process })
    }

    private static func settings(
        inFile path: String,
        mayBeMissing: Bool
    ) throws(ConfigurationError) -> [String: String] {
        guard !path.isEmpty else { return [:] }
        guard let text = contents(ofFile: path) else {
            if mayBeMissing, errno == ENOENT { return [:] }
            throw unusable(path, "can't be read; check the path and its permissions")
        }
        do {
            return try EnvironmentFile.parse(text)
        } catch {
            throw unusable(path, "line \(error.line) is not NAME=value; correct it")
        }
    }

    /// Reads with system calls: FoundationEssentials would add two megabytes and slow the start of a CGI script.
    ///
    /// - Returns: `nil`, with `errno` set, if the file can't be read.
    private static func contents(ofFile path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let length = read(file, &piece, piece.count)
            guard length >= 0 else { return nil }
            guard length > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += piece[..<length]
        }
    }

    /// The environment of this process.
    package static var environment: [String: String] {
        var environment: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { environment[String(parts[0])] = String(parts[1]) }
            next += 1
        }
        return environment
    }

    private static func unusable(_ path: String, _ reason: String) -> ConfigurationError {
        ConfigurationError(problems: [ConfigurationProblem(name: "HEADCOUNT_CONFIG", value: path, allowed: reason)])
    }
}
