import CCommand
import DynamoDBStore
import Foundation
import Headcount
import SQLiteStore

/// One thing that was looked at.
struct Finding: CustomStringConvertible {
    enum Kind: String {
        case fine = "ok"
        case warning
        case problem = "PROBLEM"
    }

    var kind: Kind
    var text: String
    /// Of sysexits(3); 0 unless it is a problem.
    var status: CInt = EX_OK

    static func fine(_ text: String) -> Finding { Finding(kind: .fine, text: text) }
    static func warning(_ text: String) -> Finding { Finding(kind: .warning, text: text) }
    static func problem(_ text: String, _ status: CInt) -> Finding {
        Finding(kind: .problem, text: text, status: status)
    }

    var description: String { "\(kind.rawValue): \(text.oneLine)" }
}

/// A look at what the service depends on. It changes nothing.
struct Examination {
    private(set) var findings: [Finding] = []

    init(_ configuration: Configuration) {
        lookAtSettings(configuration)
        lookAtClock()
        switch configuration.store {
        case .sqlite: lookAtFile(configuration)
        case .dynamodb: lookAtTable(configuration)
        }
    }

    private mutating func lookAtSettings(_ configuration: Configuration) {
        var status = stat()
        guard case .whoProves = configuration.statistics, let file = Settings.file, stat(file, &status) == 0,
            status.st_mode & 0o004 != 0
        else { return }
        findings.append(
            .warning("everybody here may read the password in \(file); run: chmod o-r \(file.shellQuoted)")
        )
    }

    private mutating func lookAtFile(_ configuration: Configuration) {
        lookAtPermissions(configuration.database)
        lookAtRoom(configuration.database)
        do throws(Failure) {
            lookInto(try SQLiteStore.existing(configuration, for: .reading))
        } catch {
            findings.append(.problem(error.lines.joined(separator: " "), error.status))
        }
    }

    private mutating func lookInto(_ store: SQLiteStore) {
        do throws(StoreError) {
            let broken = try store.findings()
            findings += broken.map { .problem("the database is damaged: \($0); restore a backup", EX_DATAERR) }
            guard broken.isEmpty else { return }
            let site = try store.tally(for: nil).site
            findings.append(
                .fine("the database is whole: \(site.count.grouped) visits, \(site.unique.grouped) unique")
            )
            let today = Day(containing: .now)
            if let open = try store.openDay(), open > today.advanced(by: 1) {
                findings.append(
                    .warning("the database's day is \(open), after today, \(today): a clock was wrong; it mends itself")
                )
            }
            try store.close()
        } catch {
            findings.append(.problem("the database can't be read: \(error)", EX_UNAVAILABLE))
        }
    }

    private mutating func lookAtPermissions(_ path: String) {
        var file = stat()
        var place = stat()
        let parent = directory(ofFile: path)
        guard stat(path, &file) == 0, stat(parent, &place) == 0 else { return }
        if file.st_mode & 0o077 != 0 {
            findings.append(
                .warning("others may read the day's salt in \(path); run: chmod 600 \(path.shellQuoted)")
            )
        }
        // The service's user: systemd gives the directory to it. One that root has made tells nothing.
        let (owned, user) = place.st_uid != 0 ? (parent, place.st_uid) : (path, file.st_uid)
        guard user != 0 else {
            guard place.st_mode & 0o005 != 0, place.st_mode & 0o022 == 0 else { return }
            let command = "chown USER: \(parent.shellQuoted) \(path.shellQuoted)*"
            findings.append(
                .warning("only root may write \(path); the service has to run as root, or run: \(command)")
            )
            return
        }
        for suffix in ["", "-wal", "-shm"] {
            requireAccess(to: path + suffix, 0o6, "read and write", for: user, owned)
        }
        // SQLite makes files beside its own.
        requireAccess(to: parent, 0o3, "write in", for: user, owned)
    }

    /// Finds a file that the service's user may not use.
    ///
    /// - Parameter owned: what belongs to that user.
    private mutating func requireAccess(
        to path: String,
        _ mode: mode_t,
        _ verb: String,
        for user: uid_t,
        _ owned: String
    ) {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        let command: String
        if status.st_uid == user {
            guard status.st_mode >> 6 & mode != mode else { return }
            command = "chmod u+rw\(status.st_mode & S_IFMT == S_IFDIR ? "x" : "") \(path.shellQuoted)"
        } else {
            // A group that isn't root's may well be the user's.
            let isOfGroup = status.st_gid != 0 && status.st_mode >> 3 & mode == mode
            guard !isOfGroup, status.st_mode & mode != mode else { return }
            command = "chown --reference=\(owned.shellQuoted) \(path.shellQuoted)"
        }
        findings.append(.problem("the owner of \(owned) may not \(verb) \(path); run: \(command)", EX_NOPERM))
    }

    /// Below this a day's log and hashes may not fit, in bytes.
    private static let leastRoom = 100 << 20

    private mutating func lookAtRoom(_ path: String) {
        var fileSystem = statvfs()
        let parent = directory(ofFile: path)
        guard statvfs(parent, &fileSystem) == 0 else { return }
        let free = Int(fileSystem.f_bavail) * Int(fileSystem.f_frsize)
        if free < Self.leastRoom {
            let text = "\(free.inMebibytes) are free in \(parent); visits are refused once there is no room; make some"
            findings.append(free < Self.leastRoom / 10 ? .problem(text, EX_IOERR) : .warning(text))
        } else {
            findings.append(.fine("\(free.inMebibytes) are free in \(parent)"))
        }
    }

    private mutating func lookAtClock() {
        let now = Instant.now
        let moment = "\(Day(containing: now))T\(now.timeOfDay)Z"
        var state = timex()
        guard now > Day(number: 20_089).start else {
            findings.append(.problem("the clock says \(moment); set it, or visits go to the wrong days", EX_OSERR))
            return
        }
        // adjtimex(2): without a mode it only tells.
        if adjtimex(&state) == TIME_ERROR {
            findings.append(
                .warning("the clock says \(moment), and nothing keeps it right; run: timedatectl set-ntp true")
            )
        } else {
            findings.append(.fine("the clock says \(moment)"))
        }
    }

    private mutating func lookAtTable(_ configuration: Configuration) {
        do throws(Failure) {
            let store = try Settings.dynamoDB(configuration)
            defer { try? store.close() }
            do throws(StoreError) {
                let site = try store.tally(for: nil).site
                findings.append(
                    .fine("the table answers: \(site.count.grouped) visits, \(site.unique.grouped) unique")
                )
                lookAtExpiry(in: store, of: configuration.table)
                if try store.hasUnfinishedChange() {
                    findings.append(
                        .warning("an import is not done yet; if none is running, `headcount stats` finishes it")
                    )
                }
            } catch {
                findings.append(.problem("\(error)", EX_UNAVAILABLE))
            }
        } catch {
            findings.append(.problem(error.lines.joined(separator: " "), error.status))
        }
    }

    private mutating func lookAtExpiry(in store: DynamoDBStore, of table: String) {
        do throws(StoreError) {
            guard try !store.deletesExpired() else { return }
            findings.append(
                .warning(
                    "hashes of visitors stay in the table for good, since nothing deletes what has expired; run: "
                        + "aws dynamodb update-time-to-live --table-name \(table.shellQuoted)"
                        + " --time-to-live-specification Enabled=true,AttributeName=expires"
                )
            )
        } catch {
            findings.append(.warning("it can't be told whether the table deletes what has expired: \(error)"))
        }
    }
}

extension Int {
    fileprivate var inMebibytes: String { "\((self >> 20).grouped) MiB" }
}

extension Instant {
    /// The system's clock.
    static var now: Instant {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Instant(milliseconds: now.tv_sec * 1000 + now.tv_nsec / 1_000_000)
    }

    /// `hh:mm:ss`
    var timeOfDay: String {
        let seconds = (milliseconds - Day(containing: self).start.milliseconds) / 1000
        return [seconds / 3600, seconds / 60 % 60, seconds % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
            .joined(separator: ":")
    }
}

extension String {
    /// As a shell takes it for one word.
    var shellQuoted: String {
        let isPlain = utf8.allSatisfy {
            ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x40 && $0 <= 0x5A) || ($0 >= 0x2B && $0 <= 0x3A) || $0 == 0x5F
        }
        return isPlain && !isEmpty ? self : "'\(replacing("'", with: "'\\''"))'"
    }
}
