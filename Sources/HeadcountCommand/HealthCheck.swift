import Glibc
import Headcount
import SQLiteStore

/// The result of one check.
enum Finding: CustomStringConvertible {
    case fine(String)
    case warning(String)
    case problem(Failure)

    static func problem(_ text: String, _ status: CInt) -> Finding { .problem(Failure(text, status)) }

    var description: String {
        switch self {
        case .fine(let text): "ok: \(text.oneLine)"
        case .warning(let text): "warning: \(text.oneLine)"
        case .problem(let failure): "PROBLEM: \(failure.lines.joined(separator: " ").oneLine)"
        }
    }
}

/// Checks what the service depends on. It changes nothing.
enum HealthCheck {
    static func findings(_ configuration: Configuration) -> [Finding] {
        let before = settings(configuration)
        switch configuration.store {
        case .sqlite: return before + file(configuration.database) + attempt { try database(configuration) }
        case .dynamodb: return before + attempt { try DynamoDBSupport.check(configuration) }
        }
    }

    private static func attempt(_ check: () throws -> [Finding]) -> [Finding] {
        do {
            return try check()
        } catch {
            return [.problem(Failure(error) ?? Failure("\(error)", EX_UNAVAILABLE))]
        }
    }

    private static func settings(_ configuration: Configuration) -> [Finding] {
        let file = Configuration.file
        guard configuration.statisticsPassword != nil, othersMayRead(file) else { return [] }
        return [.warning("others may read the password in \(file); run: chmod o-r \(file)")]
    }

    /// In bytes: with less, a day's log and hashes may not fit.
    private static let requiredSpace = 100 << 20

    private static func file(_ path: String) -> [Finding] {
        var findings: [Finding] = []
        if othersMayRead(path) {
            findings.append(.warning("others may read the day's salt in \(path); run: chmod 600 \(path)"))
        }
        var fileSystem = statvfs()
        let parent = directory(ofFile: path)
        guard statvfs(parent, &fileSystem) == 0 else { return findings }
        let free = Int(fileSystem.f_bavail) * Int(fileSystem.f_frsize)
        let text = "\((free >> 20).grouped) MiB are free in \(parent)"
        let remedy = "; visits are refused when the disk is full; free some space"
        switch free {
        case requiredSpace...: findings.append(.fine(text))
        case requiredSpace / 10..<requiredSpace: findings.append(.warning(text + remedy))
        default: findings.append(.problem(text + remedy, EX_IOERR))
        }
        return findings
    }

    private static func database(_ configuration: Configuration) throws -> [Finding] {
        let store = try SQLiteStore.existing(configuration, for: .reading)
        defer { try? store.close() }
        let faults = try store.faults()
        guard faults.isEmpty else {
            return faults.map { .problem("the database is damaged: \($0); restore a backup", EX_DATAERR) }
        }
        return [.fine("the database is intact: \(try store.tally(for: nil).site.inWords)")]
    }

    private static func othersMayRead(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o004 != 0
    }
}
