import Glibc
import Testing

@testable import FastCGI

@Suite("The service manager")
struct ServiceManagerTests {
    /// Its end of the socket.
    private final class Inbox {
        private let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)

        /// - Parameter path: with a zero byte in front for an abstract socket.
        init(_ path: String) throws {
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let length = socklen_t(MemoryLayout<sa_family_t>.size + path.utf8.count)
            let status = withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
            }
            try #require(status == 0, "\(String(cString: strerror(errno)))")
        }

        deinit { close(descriptor) }

        func next() -> String? {
            var bytes = [UInt8](repeating: 0, count: 100)
            let length = recv(descriptor, &bytes, bytes.count, 0)
            return length < 0 ? nil : String(decoding: bytes[..<length], as: UTF8.self)
        }
    }

    private let name = "headcount-\(UInt64.random(in: .min ... .max))"

    private func hears(_ inbox: Inbox, at address: String) throws {
        let manager = try #require(ServiceManager(address: address, watchdogMicroseconds: nil))
        for state in [ServiceManager.State.ready, .alive, .stopping] { manager.tell(state) }
        #expect(inbox.next() == "READY=1")
        #expect(inbox.next() == "WATCHDOG=1")
        #expect(inbox.next() == "STOPPING=1")
        #expect(inbox.next() == nil)
    }

    @Test("hears us on a socket in the file system")
    func path() throws {
        let path = "/tmp/\(name)"
        defer { unlink(path) }
        try hears(Inbox(path), at: path)
    }

    @Test("hears us on an abstract socket")
    func abstract() throws {
        try hears(Inbox("\0\(name)"), at: "@\(name)")
    }

    @Test("is none where nobody receives, or where there can be no socket")
    func nobody() {
        let tooLong = "/tmp/" + String(repeating: "x", count: 200)
        for address in ["/tmp/\(name)", "@\(name)", "", tooLong] {
            #expect(ServiceManager(address: address, watchdogMicroseconds: nil) == nil)
        }
    }

    @Test("that does not keep up with signs of life is not waited for")
    func full() throws {
        let inbox = try Inbox("\0\(name)")
        let manager = try #require(ServiceManager(address: "@\(name)", watchdogMicroseconds: nil))
        // More than a socket keeps for its reader (net.unix.max_dgram_qlen).
        for _ in 0..<100_000 { manager.tell(.alive) }
        #expect(inbox.next() == "WATCHDOG=1")
    }

    @Test(
        "hears twice in its watchdog's time that we are alive",
        arguments: [(nil, nil), (0, nil), (-1, nil), (30_000_000, 15_000), (1, 1)] as [(Int?, Int?)]
    )
    func heartbeat(_ microseconds: Int?, _ milliseconds: Int?) throws {
        let inbox = try Inbox("\0\(name)")
        defer { withExtendedLifetime(inbox) {} }
        let manager = try #require(ServiceManager(address: "@\(name)", watchdogMicroseconds: microseconds))
        #expect(manager.heartbeat == milliseconds)
    }
}
