import Glibc
import Headcount
import SQLiteStore

/// One thing that was looked at.
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

/// A look at what the service depends on. It changes nothing.
enum Examination {
    static func findings(_ configuration: Configuration) -> [Finding] {
        let before = settings(configuration)
        switch configuration.store {
        case .sqlite: return before + place(configuration.database) + attempt { try database(configuration) }
        case .dynamodb: return before + attempt { try Table.examine(configuration) }
        }
    }

    private static func attempt(_ look: () throws -> [Finding]) -> [Finding] {
        do {
            return try look()
        } catch {
            return [.problem(Failure(error) ?? Failure("\(error)", EX_UNAVAILABLE))]
        }
    }

    private static func settings(_ configuration: Configuration) -> [Finding] {
        let file = Configuration.file
        guard configuration.statisticsPassword != nil, othersMayRead(file) else { return [] }
        return [.warning("others may read the password in \(file); run: chmod o-r \(file)")]
    }

    /// Below this a day's log and hashes may not fit, in bytes.
    private static let leastRoom = 100 << 20

    private static func place(_ path: String) -> [Finding] {
        var findings: [Finding] = []
        if othersMayRead(path) {
            findings.append(.warning("others may read the day's salt in \(path); run: chmod 600 \(path)"))
        }
        var fileSystem = statvfs()
        let parent = directory(ofFile: path)
        guard statvfs(parent, &fileSystem) == 0 else { return findings }
        let free = Int(fileSystem.f_bavail) * Int(fileSystem.f_frsize)
        let text = "\((free >> 20).grouped) MiB are free in \(parent)"
        let remedy = "; visits are refused once there is no room; make some"
        switch free {
        case leastRoom...: findings.append(.fine(text))
        case leastRoom / 10..<leastRoom: findings.append(.warning(text + remedy))
        default: findings.append(.problem(text + remedy, EX_IOERR))
        }
        return findings
    }

    private static func database(_ configuration: Configuration) throws -> [Finding] {
        let store = try SQLiteStore.existing(configuration, for: .reading)
        defer { try? store.close() }
        let broken = try store.findings()
        guard broken.isEmpty else {
            return broken.map { .problem("the database is damaged: \($0); restore a backup", EX_DATAERR) }
        }
        return [.fine("the database is whole: \(try store.tally(for: nil).site.inWords)")]
    }

    private static func othersMayRead(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o004 != 0
    }
}
