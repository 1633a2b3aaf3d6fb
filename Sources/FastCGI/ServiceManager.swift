import Glibc

/// The service manager that started this process: systemd, or another that takes its datagrams (sd_notify(3)).
package final class ServiceManager {
    package enum State: String {
        case ready = "READY=1"
        case alive = "WATCHDOG=1"
        case stopping = "STOPPING=1"
    }

    /// How often it expects to hear that we are alive, in milliseconds: half the time after which it takes us for stuck,
    /// as sd_watchdog_enabled(3) recommends. `nil` if it does not watch us.
    package let heartbeat: Int?
    private let socket: CInt

    /// The one that `NOTIFY_SOCKET` names, unless nobody receives there.
    package static func inherited() -> ServiceManager? {
        guard let path = getenv("NOTIFY_SOCKET") else { return nil }
        let microseconds = getenv("WATCHDOG_USEC").flatMap { Int(String(cString: $0)) }
        return ServiceManager(path: String(cString: path), watchdogMicroseconds: microseconds)
    }

    /// - Parameters:
    ///   - path: of a Unix socket.
    ///   - watchdogMicroseconds: after how long a silence it acts; `nil` or 0 for never.
    package init?(path: String, watchdogMicroseconds: Int?) {
        heartbeat = watchdogMicroseconds.flatMap { $0 > 0 ? max(1, $0 / 2000) : nil }
        socket = Glibc.socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        let socket = socket
        guard socket >= 0, withSocketAddress(sockaddr_un(path: path), { connect(socket, $0, $1) }) == 0 else {
            return nil
        }
    }

    deinit {
        close(socket)
    }

    /// Sends a datagram. The loop waits for nobody: a sign of life for which there is no room is left to the next one.
    package func tell(_ state: State) {
        let flags = CInt(MSG_NOSIGNAL) | (state == .alive ? CInt(MSG_DONTWAIT) : 0)
        _ = send(socket, state.rawValue, state.rawValue.utf8.count, flags)
    }
}
