import Glibc
import Headcount
import SQLiteStore

/// The counter that a command works on: the settings, and the store that they name.
struct Counter {
    let configuration: Configuration
    let store: any OwnerStore

    /// - Parameter use: `.reading` for a command that changes nothing.
    init(for use: SQLiteStore.Use = .counting) throws {
        configuration = try .forCommand()
        store =
            switch configuration.store {
            case .sqlite: try SQLiteStore.existing(configuration, for: use)
            case .dynamodb: try DynamoDBSupport.store(configuration)
            }
    }

    /// Where the numbers are, for messages.
    var location: String {
        configuration.store == .sqlite ? configuration.database : "DynamoDB's \(configuration.table)"
    }

    func total(of page: Page? = nil) throws(StoreError) -> Tally.Count {
        try store.totals(of: page.map { [$0] } ?? [])[page]
    }

    /// Separates the new pages beyond `HEADCOUNT_MAX_PAGES`; their visits are added to the site only.
    ///
    /// - Parameters:
    ///   - additions: of the site, then of its pages, the most visited first.
    ///   - histories: the present ones.
    func withinPageLimit(_ additions: [History], besides histories: [History]) -> (additions: [History], beyond: Int) {
        let present = Set(histories.compactMap(\.page))
        var room = max(0, configuration.maximumPages - present.count)
        let kept = additions.filter { history in
            guard let page = history.page, !present.contains(page) else { return true }
            room -= 1
            return room >= 0
        }
        return (kept, additions.count - kept.count)
    }
}

extension Configuration {
    /// Loads the service's settings.
    static func forCommand() throws -> Configuration {
        if access(file, R_OK) != 0, errno == EACCES {
            throw Failure("\(file): you may not read the settings; run the command as root (sudo)", EX_NOPERM)
        }
        return try load(environment)
    }

    /// The settings file, which may be missing.
    static var file: String { environment["HEADCOUNT_CONFIG"] ?? defaultFile }
}

extension SQLiteStore {
    /// Opens the database that the settings name. It must exist, so that a mistyped path creates none.
    static func existing(_ configuration: Configuration, for use: Use) throws(Failure) -> SQLiteStore {
        let path = configuration.database
        let setting = "HEADCOUNT_DATABASE=\(path)"
        switch access(path, R_OK | W_OK) == 0 ? 0 : errno {
        case ENOENT, ENOTDIR:
            let remedy = "check the setting, or start the service, which creates it"
            throw Failure("\(setting): there is no database; \(remedy)", EX_NOINPUT)
        case EACCES: throw Failure("\(setting): you may not use it; run the command as root (sudo)", EX_NOPERM)
        // Opening it shows any other reason.
        default: break
        }
        do {
            return try SQLiteStore(path: path, maximumPages: configuration.maximumPages, use: use)
        } catch {
            throw Failure(path, error)
        }
    }
}
