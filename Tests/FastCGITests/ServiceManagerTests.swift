import Glibc
import Testing

@testable import FastCGI

@Suite("The service manager")
struct ServiceManagerTests {
    /// Its end of the socket.
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

    @Test("hears us, and is not waited for when it does not keep up with signs of life")
    func hears() throws {
        let inbox = try Inbox(path)
        defer { unlink(path) }
        let manager = try #require(ServiceManager(path: path, watchdogMicroseconds: nil))
        for state in [ServiceManager.State.ready, .alive, .stopping] { manager.tell(state) }
        #expect(inbox.next() == "READY=1")
        #expect(inbox.next() == "WATCHDOG=1")
        #expect(inbox.next() == "STOPPING=1")
        #expect(inbox.next() == nil)
        // More than a socket keeps for its reader (net.unix.max_dgram_qlen).
        for _ in 0..<100_000 { manager.tell(.alive) }
        #expect(inbox.next() == "WATCHDOG=1")
    }
}
