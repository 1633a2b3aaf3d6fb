import DynamoDBStore
import Foundation
import Headcount
import SQLiteStore

/// The service's own settings, and the stores that they name.
enum Settings {
    static func load() throws(Failure) -> Configuration {
        guard path.isEmpty || access(path, R_OK) == 0 || errno != EACCES else {
            throw Failure("\(path): you may not read the settings; run the command as root (sudo)", EX_NOPERM)
        }
        do {
            return try Configuration.load(ProcessInfo.processInfo.environment)
        } catch {
            throw Failure(error)
        }
    }

    private static var path: String {
        ProcessInfo.processInfo.environment["HEADCOUNT_CONFIG"] ?? Configuration.defaultFile
    }

    /// The file that they are read from; `nil` when there is none.
    static var file: String? { !path.isEmpty && access(path, F_OK) == 0 ? path : nil }

    /// Where the settings come from, for people.
    static var sources: String { file.map { "\($0) and the environment" } ?? "the environment" }

    static func dynamoDB(_ configuration: Configuration) throws(Failure) -> DynamoDBStore {
        do {
            return try DynamoDBStore(configuration, now: { Instant.now })
        } catch {
            throw Failure(error)
        }
    }
}

extension SQLiteStore {
    /// Opens the file that the settings name, which must be there: a mistyped path makes no database.
    static func existing(_ configuration: Configuration, for use: Use) throws(Failure) -> SQLiteStore {
        let path = configuration.database
        var status = stat()
        let isThere = stat(path, &status) == 0
        guard isThere || errno != EACCES else {
            throw Failure("HEADCOUNT_DATABASE=\(path): you may not see it; run the command as root (sudo)", EX_NOPERM)
        }
        guard isThere, status.st_size > 0 else {
            throw Failure(
                "HEADCOUNT_DATABASE=\(path): there is no database; check the setting, or start the service, which makes it",
                EX_NOINPUT
            )
        }
        try refuseStrangers(path, use)
        do {
            return try SQLiteStore(path: path, maximumPages: configuration.maximumPages, use: use)
        } catch {
            throw Failure(path, error)
        }
    }

    /// SQLite says only that it can't open the file.
    private static func refuseStrangers(_ path: String, _ use: Use) throws(Failure) {
        let needs = [(path, R_OK | W_OK), (directory(ofFile: path), W_OK | X_OK)]
        for (place, mode) in needs where access(place, mode) != 0 && errno == EACCES {
            let verb = mode & W_OK == 0 ? "read" : "write to"
            throw Failure(
                "HEADCOUNT_DATABASE=\(path): you may not \(verb) \(place); run the command as root (sudo)",
                EX_NOPERM
            )
        }
    }
}
