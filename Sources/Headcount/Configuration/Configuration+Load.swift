import FoundationEssentials

extension Configuration {
    /// Where the settings are read from when `HEADCOUNT_CONFIG` says nothing.
    package static let defaultFile = "/etc/headcount/headcount.env"

    /// Reads the file named by `HEADCOUNT_CONFIG`, then the environment, which wins.
    ///
    /// - Throws: everything that is wrong. A missing default file is fine, any other that can't be read is not.
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
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile && mayBeMissing {
            return [:]
        } catch {
            throw unusable(path, "can't be read; check the path and its permissions")
        }
        do {
            return try EnvironmentFile.parse(String(decoding: data, as: UTF8.self))
        } catch {
            throw unusable(path, "line \(error.line) is not NAME=value")
        }
    }

    private static func unusable(_ path: String, _ reason: String) -> ConfigurationError {
        ConfigurationError(problems: [ConfigurationProblem(name: "HEADCOUNT_CONFIG", value: path, allowed: reason)])
    }
}
