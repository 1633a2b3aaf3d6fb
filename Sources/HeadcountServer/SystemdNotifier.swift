import Glibc
import Headcount

/// Notifies systemd, or another service manager with its protocol, of the service's state (sd_notify(3)).
package final class SystemdNotifier {
    package enum State: String {
        case ready = "READY=1"
        case alive = "WATCHDOG=1"
        case stopping = "STOPPING=1"
    }

    /// How often to send ``State/alive``, in milliseconds: half of the watchdog's time, as sd_watchdog_enabled(3)
    /// recommends. `nil` without a watchdog.
    private let interval: Int?
    private let socket: CInt
    private var nextSignOfLife = Deadline(milliseconds: 0)

    /// The one that `NOTIFY_SOCKET` names; `nil` when there is none.
    package static func inherited() -> SystemdNotifier? {
        guard let path = getenv("NOTIFY_SOCKET") else { return nil }
        let microseconds = getenv("WATCHDOG_USEC").flatMap { Int(String(cString: $0)) }
        return SystemdNotifier(path: String(cString: path), watchdogMicroseconds: microseconds)
    }

    /// - Parameters:
    ///   - path: of a Unix socket.
    ///   - watchdogMicroseconds: the time after which a silent service is killed; `nil` or 0 for never.
    package init?(path: String, watchdogMicroseconds: Int?) {
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

    /// Sends a sign of life if one is due.
    ///
    /// - Returns: when the next one is due; `nil` without a watchdog.
    package func keepAlive() -> Deadline? {
        guard let interval else { return nil }
        if nextSignOfLife.hasPassed {
            nextSignOfLife = .after(interval)
            notify(.alive)
        }
        return nextSignOfLife
    }

    /// Sends a datagram. A sign of life is dropped rather than waited for; the next one follows.
    package func notify(_ state: State) {
        let flags = CInt(MSG_NOSIGNAL) | (state == .alive ? CInt(MSG_DONTWAIT) : 0)
        _ = send(socket, state.rawValue, state.rawValue.utf8.count, flags)
    }
}
