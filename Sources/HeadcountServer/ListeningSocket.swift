import FastCGI
import Glibc
import Headcount

/// The socket that web servers connect to.
struct ListeningSocket {
    let descriptor: CInt
    /// Whether the parent process passed it, and keeps it open after this process ends.
    let isInherited: Bool
    /// The path of a Unix socket that this process created and removes at the end.
    private let ownPath: String?

    /// The socket that the parent process passed: by systemd's protocol (sd_listen_fds(3)), or as standard input
    /// (spawn-fcgi, `StandardInput=socket`; FastCGI Specification 1.0, §2.2).
    static func inherited() -> ListeningSocket? {
        if let count = number("LISTEN_FDS"), count > 0, number("LISTEN_PID") == Int(getpid()), isListening(3) {
            return ListeningSocket(descriptor: 3, isInherited: true, ownPath: nil)
        }
        guard isListening(STDIN_FILENO) else { return nil }
        return ListeningSocket(descriptor: STDIN_FILENO, isInherited: true, ownPath: nil)
    }

    /// Creates a socket. Replaces an abandoned Unix socket, never one in use. Every user of the machine may connect to
    /// a Unix socket, as to a TCP port; the permissions of its directory can restrict this.
    ///
    /// - Throws: ``SystemError``
    static func bind(_ address: Configuration.ListenAddress) throws(SystemError) -> ListeningSocket {
        switch address {
        case .unix(let path): try bindUnix(path)
        case .tcp(let host, let port): try bindTCP(host, port)
        }
    }

    /// Closes the socket, and removes a Unix socket that this process created.
    func close() {
        if let ownPath { unlink(ownPath) }
        Glibc.close(descriptor)
    }

    private static func bindUnix(_ path: String) throws(SystemError) -> ListeningSocket {
        let address = sockaddr_un(path: path)
        let descriptor = try makeSocket(AF_UNIX)
        do throws(SystemError) {
            if try isAbandoned(path, address) { unlink(path) }
            guard withSocketAddress(address, { Glibc.bind(descriptor, $0, $1) }) == 0 else { throw SystemError("bind") }
            guard chmod(path, 0o666) == 0 else { throw SystemError("chmod") }
            guard listen(descriptor, backlog) == 0 else { throw SystemError("listen") }
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        return ListeningSocket(descriptor: descriptor, isInherited: false, ownPath: path)
    }

    private static func bindTCP(_ host: IPAddress, _ port: UInt16) throws(SystemError) -> ListeningSocket {
        let descriptor = try makeSocket(host.isIPv4 ? AF_INET : AF_INET6)
        var yes: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
        let isBound: CInt
        if host.isIPv4 {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(truncatingIfNeeded: host.low).bigEndian
            isBound = withSocketAddress(address) { Glibc.bind(descriptor, $0, $1) }
        } else {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &address.sin6_addr) {
                $0.storeBytes(of: host.high.bigEndian, as: UInt64.self)
                $0.storeBytes(of: host.low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            isBound = withSocketAddress(address) { Glibc.bind(descriptor, $0, $1) }
        }
        guard isBound == 0, listen(descriptor, backlog) == 0 else {
            let error = SystemError(isBound == 0 ? "listen" : "bind")
            Glibc.close(descriptor)
            throw error
        }
        return ListeningSocket(descriptor: descriptor, isInherited: false, ownPath: nil)
    }

    /// Whether the path is a Unix socket that no process listens on.
    ///
    /// - Throws: if the path is another kind of file, which is never replaced.
    private static func isAbandoned(_ path: String, _ address: sockaddr_un) throws(SystemError) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return false }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw SystemError("bind", code: ENOTSOCK) }
        let probe = try makeSocket(AF_UNIX)
        defer { Glibc.close(probe) }
        return withSocketAddress(address) { connect(probe, $0, $1) } != 0 && errno == ECONNREFUSED
    }

    private static func makeSocket(_ family: CInt) throws(SystemError) -> CInt {
        let descriptor = socket(family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket") }
        return descriptor
    }

    private static func isListening(_ descriptor: CInt) -> Bool {
        var isListening: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &length) == 0 && isListening != 0
    }

    private static func number(_ variable: String) -> Int? {
        getenv(variable).flatMap { Int(String(cString: $0)) }
    }

    /// How many connections may wait to be accepted. Linux caps it at `net.core.somaxconn`.
    private static let backlog: CInt = 4096
}

extension sockaddr_un {
    /// The address of a Unix socket, whose path has at most 107 bytes (unix(7)).
    init(path: String) {
        self.init()
        sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    }
}

func withSocketAddress<Address>(_ address: Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
    withUnsafeBytes(of: address) { bytes in
        bytes.withMemoryRebound(to: sockaddr.self) { rebound in
            rebound.baseAddress.map { body($0, socklen_t(bytes.count)) } ?? -1
        }
    }
}
