import Glibc
import Headcount

/// Notifies systemd, or a service manager with the same protocol, of the service's state (sd_notify(3)).
final class SystemdNotifier {
    enum State: String {
        case ready = "READY=1"
        case alive = "WATCHDOG=1"
        case stopping = "STOPPING=1"
    }

    /// How often to send ``State/alive``, in milliseconds: half the watchdog's timeout, as sd_watchdog_enabled(3)
    /// recommends. `nil` without a watchdog.
    private let interval: Int?
    private let socket: CInt
    private var nextKeepAlive = Deadline(milliseconds: 0)

    /// The notifier for `NOTIFY_SOCKET`; `nil` if the variable is not set.
    static func inherited() -> SystemdNotifier? {
        guard let path = getenv("NOTIFY_SOCKET") else { return nil }
        let microseconds = getenv("WATCHDOG_USEC").flatMap { Int(String(cString: $0)) }
        return SystemdNotifier(path: String(cString: path), watchdogMicroseconds: microseconds)
    }

    /// - Parameters:
    ///   - path: the path of a Unix socket.
    ///   - watchdogMicroseconds: the watchdog's timeout; `nil` or 0 without a watchdog.
    init?(path: String, watchdogMicroseconds: Int?) {
        interval = watchdogMicroseconds.flatMap { $0 > 0 ? max(1, $0 / 2000) : nil }
        socket = Glibc.socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        let socket = socket
        guard socket >= 0, withSocketAddress(sockaddr_un(path: path), { connect(socket, $0, $1) }) == 0 else {
            return nil
        }
    }

    deinit {
        close(socket)
    }

    /// Sends ``State/alive`` if it is due.
    ///
    /// - Returns: when the next one is due; `nil` without a watchdog.
    func keepAlive() -> Deadline? {
        guard let interval else { return nil }
        if nextKeepAlive.hasPassed {
            nextKeepAlive = .after(interval)
            notify(.alive)
        }
        return nextKeepAlive
    }

    /// Sends a state. Drops ``State/alive`` rather than block; the next one follows soon.
    func notify(_ state: State) {
        let flags = CInt(MSG_NOSIGNAL) | (state == .alive ? CInt(MSG_DONTWAIT) : 0)
        _ = send(socket, state.rawValue, state.rawValue.utf8.count, flags)
    }
}
