import Glibc
import Headcount
import Testing

@testable import HeadcountServer

@Suite("The systemd notifier")
struct SystemdNotifierTests {
    /// systemd's end of the socket.
    private final class Inbox {
        private let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)

        init(_ path: String) throws {
            let status = withSocketAddress(sockaddr_un(path: path)) { bind(descriptor, $0, $1) }
            try #require(status == 0, "\(String(cString: strerror(errno)))")
        }

        deinit { close(descriptor) }

        func next() -> String? {
            var bytes = [UInt8](repeating: 0, count: 100)
            let length = recv(descriptor, &bytes, bytes.count, 0)
            return length < 0 ? nil : String(decoding: bytes[..<length], as: UTF8.self)
        }
    }

    private let path = "/tmp/headcount-\(UInt64.random(in: .min ... .max))"

    @Test("sends states, and drops a keep-alive rather than block")
    func sends() throws {
        let inbox = try Inbox(path)
        defer { unlink(path) }
        let notifier = try #require(SystemdNotifier(path: path, watchdogMicroseconds: nil))
        for state in [SystemdNotifier.State.ready, .alive, .stopping] { notifier.notify(state) }
        #expect(inbox.next() == "READY=1")
        #expect(inbox.next() == "WATCHDOG=1")
        #expect(inbox.next() == "STOPPING=1")
        #expect(inbox.next() == nil)
        // More than a socket keeps for its reader (net.unix.max_dgram_qlen).
        for _ in 0..<100_000 { notifier.notify(.alive) }
        #expect(inbox.next() == "WATCHDOG=1")
    }

    @Test("sends two keep-alives in the watchdog's timeout")
    func keepsAlive() throws {
        let inbox = try Inbox(path)
        defer { unlink(path) }
        let notifier = try #require(SystemdNotifier(path: path, watchdogMicroseconds: 200_000_000))
        let next = try #require(notifier.keepAlive())
        #expect(notifier.keepAlive() == next)
        #expect((10_000...100_000).contains(next.millisecondsLeft))
        #expect(inbox.next() == "WATCHDOG=1")
        #expect(inbox.next() == nil)
        let unwatched = try #require(SystemdNotifier(path: path, watchdogMicroseconds: 0))
        #expect(unwatched.keepAlive() == nil)
    }
}
