import CFastCGI
import Glibc
import Testing

/// Pins what the loop relies on below the “don't use” line of libfcgi's header.
@Suite("libfcgi", .serialized)
struct LibfcgiTests {
    private let ours: CInt
    private let peer: Peer

    init() throws {
        FCGX_Init()
        var pair: [CInt] = [0, 0]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &pair) == 0)
        ours = pair[0]
        peer = Peer(descriptor: pair[1])
    }

    /// Lets the next `FCGX_Accept_r` read from our end.
    private func offer(_ request: inout FCGX_Request) {
        request.ipcFd = ours
        request.keepConnection = 1
        FCGX_Detach(&request)
    }

    private func isOpen(_ descriptor: CInt) -> Bool { fcntl(descriptor, F_GETFD) >= 0 }

    @Test("takes a request from the descriptor it is given and leaves that open", arguments: [true, false])
    func takes(_ keep: Bool) {
        var request = FCGX_Request()
        FCGX_InitRequest(&request, -1, 0)
        for _ in 0..<2 {
            peer.send(Records.request([("NAME", "value")], body: [1, 2, 3], keep: keep))
            offer(&request)
            #expect(FCGX_Accept_r(&request) == 0)
            #expect(request.ipcFd == ours)
            #expect((request.keepConnection != 0) == keep, "it says what the web server asked for")
            #expect(FCGX_GetParam("NAME", request.envp).map { String(cString: $0) } == "value")
            var body = [CChar](repeating: 0, count: 8)
            #expect(FCGX_GetStr(&body, 8, request.in) == 3)
            FCGX_PutStr("hello", 5, request.out)
            request.keepConnection = 1
            FCGX_Finish_r(&request)
            #expect(request.ipcFd == ours)
            #expect(isOpen(ours))
            #expect(peer.answer() == "hello")
        }
        close(ours)
    }

    @Test("closes the descriptor, and says so, when the parameters are malformed")
    func refuses() {
        peer.send(Records.begin() + Records.record(4, [200]) + Records.record(4, []) + Records.record(5, []))
        var request = FCGX_Request()
        FCGX_InitRequest(&request, -1, 0)
        offer(&request)
        #expect(FCGX_Accept_r(&request) != 0)
        #expect(request.ipcFd < 0)
        #expect(peer.isClosed())
    }

    @Test("closes the descriptor, and says so, when the peer is gone")
    func loses() {
        signal(SIGPIPE, SIG_IGN)
        peer.send(Records.request())
        var request = FCGX_Request()
        FCGX_InitRequest(&request, -1, 0)
        offer(&request)
        #expect(FCGX_Accept_r(&request) == 0)
        shutdown(peer.descriptor, CInt(SHUT_RDWR))
        FCGX_PutStr("hello", 5, request.out)
        request.keepConnection = 1
        FCGX_Finish_r(&request)
        #expect(request.ipcFd < 0)
    }
}
