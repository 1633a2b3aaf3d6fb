import Foundation
import Headcount

extension Configuration {
    /// Where the settings are read from when `HEADCOUNT_CONFIG` says nothing.
    private static let defaultFile = "/etc/headcount/headcount.env"

    /// Reads the file named by `HEADCOUNT_CONFIG`, then the process environment, which wins.
    ///
    /// - Throws: ``StartFailure``. A missing default file is fine, any other that can't be read is not.
    static func load() throws -> Configuration {
        let environment = ProcessInfo.processInfo.environment
        let named = environment["HEADCOUNT_CONFIG"]
        let file = try settings(inFile: named ?? defaultFile, mayBeMissing: named == nil)
        do {
            return try Configuration(environment: file.merging(environment) { _, process in process })
        } catch {
            throw StartFailure.configuration(error)
        }
    }

    private static func settings(inFile path: String, mayBeMissing: Bool) throws -> [String: String] {
        guard !path.isEmpty else { return [:] }
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile && mayBeMissing {
            return [:]
        } catch {
            throw StartFailure.configurationFile(path, "can't be read; check the path and its permissions")
        }
        do {
            return try EnvironmentFile.parse(String(decoding: data, as: UTF8.self))
        } catch {
            throw StartFailure.configurationFile(path, "line \(error.line) is not NAME=value")
        }
    }
}
