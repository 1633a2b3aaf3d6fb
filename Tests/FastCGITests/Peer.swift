import Glibc
import Testing

@testable import HeadcountServer

/// A web server's connection to the responder.
final class Peer {
    private let descriptor: CInt

    init(connectedTo path: String) throws {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        let status = withSocketAddress(sockaddr_un(path: path)) { connect(descriptor, $0, $1) }
        try #require(status == 0, "\(String(cString: strerror(errno)))")
        var timeout = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// - Returns: whether all bytes were sent.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        Glibc.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count
    }

    /// The content of the response's STDOUT records up to END_REQUEST; `nil` if the connection ended or was silent for a
    /// minute.
    func answer() -> String? {
        var output: [UInt8] = []
        while let header = read(8) {
            let length = Int(header[4]) << 8 | Int(header[5])
            guard let content = read(length + Int(header[6])) else { return nil }
            if header[1] == 6 { output += content[..<length] }
            if header[1] == 3 { return String(decoding: output, as: UTF8.self) }
        }
        return nil
    }

    /// Whether the responder closes the connection within a minute.
    func isClosed() -> Bool {
        var byte: UInt8 = 0
        while true {
            let length = recv(descriptor, &byte, 1, 0)
            if length <= 0 { return length == 0 || errno == ECONNRESET }
        }
    }

    private func read(_ count: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var part = [UInt8](repeating: 0, count: count - bytes.count)
            let length = recv(descriptor, &part, part.count, 0)
            guard length > 0 else { return nil }
            bytes += part[..<length]
        }
        return bytes
    }
}
