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
        guard let address = variable("NOTIFY_SOCKET") else { return nil }
        // The variables of the watchdog may be another process's: a shell's that has started us, say.
        let isWatched = variable("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
        let microseconds = isWatched ? variable("WATCHDOG_USEC").flatMap { Int($0) } : nil
        return ServiceManager(address: address, watchdogMicroseconds: microseconds)
    }

    /// - Parameters:
    ///   - address: the path of a Unix socket, or `@` and the name of an abstract one.
    ///   - watchdogMicroseconds: after how long a silence it acts; `nil` or 0 for never.
    package init?(address: String, watchdogMicroseconds: Int?) {
        heartbeat = watchdogMicroseconds.flatMap { $0 > 0 ? max(1, $0 / 2000) : nil }
        socket = Glibc.socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0, connect(to: address) else { return nil }
    }

    deinit {
        close(socket)
    }

    /// Sends a datagram. The loop waits for nobody: a sign of life for which there is no room is left to the next one.
    package func tell(_ state: State) {
        let flags = CInt(MSG_NOSIGNAL) | (state == .alive ? CInt(MSG_DONTWAIT) : 0)
        _ = send(socket, state.rawValue, state.rawValue.utf8.count, flags)
    }

    /// An abstract name begins with a zero byte and ends where its length says (unix(7)).
    private func connect(to name: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = name.hasPrefix("@") ? [0] + name.utf8.dropFirst() : Array(name.utf8) + [0]
        guard bytes.count <= MemoryLayout.size(ofValue: address.sun_path) else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(socket, $0, length) }
        } == 0
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
