import CFastCGI
import Glibc
import Headcount

/// One of libfcgi's requests, lent to a connection for the length of a batch.
///
/// libfcgi would accept, wait, linger and close by itself. It gets no chance to: it is handed a descriptor whose whole
/// request is already in the socket, and the fields below the “don't use” line of its header, stable since 2.4.0, keep
/// it from closing that. `LibfcgiTests` pins what they mean.
struct RequestSlot {
    private let request: UnsafeMutablePointer<FCGX_Request>

    /// - Precondition: `FCGX_Init` was called.
    init() {
        request = .allocate(capacity: 1)
        FCGX_InitRequest(request, -1, 0)
    }

    func deallocate() {
        FCGX_Free(request, 0)
        request.deallocate()
    }

    /// Takes the request that waits in the socket.
    ///
    /// - Returns: `nil` when libfcgi finds its parameters malformed; it has closed the descriptor then.
    func take(from descriptor: CInt) -> Request? {
        request.pointee.ipcFd = descriptor
        request.pointee.keepConnection = 1
        FCGX_Detach(request)
        guard FCGX_Accept_r(request) == 0 else { return nil }
        discardInput()
        guard let variables = request.pointee.envp else { return nil }
        return Request(metaVariables: UnsafePointer(variables))
    }

    /// What became of the connection.
    enum Outcome {
        /// The web server wants it kept.
        case kept
        /// The web server wants it closed, which is left to the caller.
        case done
        /// The peer does not take the answer; libfcgi has closed the descriptor.
        case lost
    }

    /// Sends an answer, as a CGI script would write it.
    func answer(_ bytes: [UInt8]) -> Outcome {
        bytes.withUnsafeBytes { bytes in
            _ = FCGX_PutStr(bytes.bindMemory(to: CChar.self).baseAddress, CInt(bytes.count), request.pointee.out)
        }
        let isKept = request.pointee.keepConnection != 0
        request.pointee.keepConnection = 1
        FCGX_Finish_r(request)
        return request.pointee.ipcFd < 0 ? .lost : isKept ? .kept : .done
    }

    /// Reads the body to its end: what is left of it would be taken for the next request.
    private func discardInput() {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { buffer in
            while FCGX_GetStr(buffer.baseAddress, CInt(buffer.count), request.pointee.in) == buffer.count {}
        }
    }
}
