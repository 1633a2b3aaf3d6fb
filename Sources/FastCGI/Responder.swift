import Glibc
import Headcount
import Logging

/// The FastCGI responder: one thread, one loop. It answers all requests that are ready as one batch, and never waits
/// for more requests or for a slow peer.
package final class Responder {
    private let service: Service
    private let listener: CInt
    private let isListenerShared: Bool
    private let stop: CInt
    private let maximumConnections: Int
    private let log: Logger

    private let poll: Epoll
    private var connections = Connections()
    private var batch: [(descriptor: CInt, received: ReceivedRequest)] = []
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: maximumLength, alignment: 16)
    private var output: [UInt8] = []
    /// When to accept connections again; `nil` while accepting.
    private var acceptPauseEnd: Deadline?
    private var hasFailedToAccept = false
    private var nextDeadlineCheck = Deadline(milliseconds: 0)
    /// Whether `stop` has become readable.
    package private(set) var isStopping = false

    /// The longest request, in bytes.
    private static let maximumLength = 64 << 10
    /// The largest batch.
    private static let batchSize = 256
    /// How long the store may take over a batch, in milliseconds.
    private static let storeTimeout = 2000
    /// How long a request may take to arrive, from its first byte or from a new connection, in milliseconds.
    private static let requestTimeout = 1000
    /// How often connections with a deadline are checked, in milliseconds.
    private static let deadlineCheckInterval = 100
    /// How long ``drain()`` waits for requests in transit, in milliseconds.
    private static let drainTimeout = 20

    /// - Parameters:
    ///   - listener: a listening socket, which the caller closes.
    ///   - isListenerShared: whether the socket outlives this process, so that requests in its backlog aren't lost.
    ///   - stop: a descriptor that becomes readable when the loop should end.
    ///   - maximumConnections: how many connections to accept; more wait in the backlog.
    /// - Throws: ``SystemError``
    package init(
        _ service: Service,
        listener: CInt,
        isListenerShared: Bool,
        stop: CInt,
        maximumConnections: Int,
        log: Logger
    ) throws(SystemError) {
        self.service = service
        self.listener = listener
        self.isListenerShared = isListenerShared
        self.stop = stop
        self.maximumConnections = maximumConnections
        self.log = log
        poll = try Epoll()
        // A response is sent in one call, so it has to fit into the buffer. TCP connections inherit the size.
        var bufferSize = CInt(256 << 10)
        setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &bufferSize, socklen_t(MemoryLayout<CInt>.size))
        try Self.setNonBlocking(listener)
        try poll.add(listener, edgeTriggered: false)
        try poll.add(stop, edgeTriggered: false)
    }

    deinit {
        for descriptor in connections.descriptors { close(descriptor) }
        input.deallocate()
    }

    /// Waits for requests, until the deadline at most, and answers all that are ready.
    package func answerNextBatch(by deadline: Deadline) throws(SystemError) {
        var timeout = deadline.millisecondsLeft
        if connections.hasDeadlines || acceptPauseEnd != nil { timeout = min(timeout, Self.deadlineCheckInterval) }
        try gather(timeout: timeout)
        answerBatch()
        checkDeadlines()
    }

    /// Answers the requests that have arrived, then closes every connection. Leaves the backlog of a shared listener to
    /// the next process.
    package func drain() throws(SystemError) {
        if !isListenerShared { acceptConnections() }
        poll.remove(listener)
        poll.remove(stop)
        let (end, receivingEnd) = (Deadline.after(Self.requestTimeout), Deadline.after(Self.drainTimeout))
        while !end.hasPassed {
            // A peer that has just connected is about to send its request.
            let isReceiving = connections.hasDeadlines && !receivingEnd.hasPassed
            let isQuiet = try gather(timeout: isReceiving ? Self.drainTimeout : 0) == 0
            answerBatch()
            if isQuiet { break }
        }
        // The web server retries requests that arrive later, since their connection is closed.
        while connections.count > 0 { readAndClose(connections.descriptors) }
    }

    /// Puts every complete request that is ready into the batch.
    ///
    /// - Returns: the number of descriptors that were ready.
    @discardableResult
    private func gather(timeout: Int) throws(SystemError) -> Int {
        let ready = try poll.wait(milliseconds: timeout, atMost: Self.batchSize)
        for descriptor in ready where descriptor != listener {
            if descriptor == stop { isStopping = true } else { read(descriptor) }
        }
        // Last, because this may close an idle connection, whose request must be read first.
        if ready.contains(listener) { acceptConnections() }
        return ready.count
    }

    private func answerBatch() {
        guard !batch.isEmpty else { return }
        let responses = service.respond(to: batch.map(\.received.request), by: .after(Self.storeTimeout))
        for ((descriptor, received), response) in zip(batch, responses) {
            let isSent = send(response, to: received.id, over: descriptor)
            if isSent, received.keepsConnection, !isStopping {
                connections.setIdle(descriptor)
            } else {
                end(descriptor)
            }
        }
        batch.removeAll(keepingCapacity: true)
    }
}

// MARK: - Connections

extension Responder {
    private static func setNonBlocking(_ descriptor: CInt) throws(SystemError) {
        let flags = fcntl(descriptor, F_GETFL)
        guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 else { throw SystemError("fcntl") }
    }

    private func acceptConnections() {
        for _ in 0..<Self.batchSize {
            guard connections.count < maximumConnections || closeLongestIdle() else { return pauseAccepting() }
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else {
                switch errno {
                case EINTR, ECONNABORTED: continue
                case EAGAIN: return
                default:
                    let error = SystemError("accept")
                    if !hasFailedToAccept { log.warning("can't accept connections", metadata: ["reason": "\(error)"]) }
                    hasFailedToAccept = true
                    return pauseAccepting()
                }
            }
            hasFailedToAccept = false
            do throws(SystemError) {
                try poll.add(descriptor, edgeTriggered: true)
                connections.open(descriptor, by: .after(Self.requestTimeout))
            } catch {
                close(descriptor)
            }
        }
    }

    /// Leaves new connections in the backlog for ``deadlineCheckInterval``.
    private func pauseAccepting() {
        poll.remove(listener)
        acceptPauseEnd = .after(Self.deadlineCheckInterval)
    }

    /// Makes room for a new connection. A web server opens another one when it needs it.
    private func closeLongestIdle() -> Bool {
        guard let descriptor = connections.longestIdle else { return false }
        end(descriptor)
        return true
    }

    /// Reads what has arrived on a connection, and adds a complete request to the batch. An incomplete request is read
    /// again only when more bytes arrive, the peer closes, or the deadline passes (edge-triggered).
    private func read(_ descriptor: CInt) {
        guard let state = connections[descriptor], state != .answering else { return }
        let earlier = connections.received(descriptor)
        input.copyBytes(from: earlier)
        let space = UnsafeMutableRawBufferPointer(rebasing: input[earlier.count...])
        let length = recv(descriptor, space.baseAddress, space.count, CInt(MSG_DONTWAIT))
        guard length > 0 else {
            if length == 0 || (errno != EAGAIN && errno != EINTR) { end(descriptor) }
            return
        }
        let bytes = UnsafeRawBufferPointer(rebasing: input[..<(earlier.count + length)])
        switch ReceivedRequest.parse(bytes) {
        case .complete(let received):
            batch.append((descriptor, received))
            connections.setAnswering(descriptor)
        case .incomplete where bytes.count == Self.maximumLength:
            _ = send(.contentTooLarge, to: UInt16(bytes[2]) << 8 | UInt16(bytes[3]), over: descriptor)
            end(descriptor)
        case .incomplete:
            connections.buffer([UInt8](bytes), of: descriptor, by: .after(Self.requestTimeout))
        case .malformed:
            end(descriptor)
        }
    }

    /// - Returns: `false` if the peer has closed, or has not read its earlier responses.
    private func send(_ response: Response, to id: UInt16, over descriptor: CInt) -> Bool {
        output.removeAll(keepingCapacity: true)
        output.appendRecords(of: response, to: id)
        return Glibc.send(descriptor, output, output.count, CInt(MSG_DONTWAIT | MSG_NOSIGNAL)) == output.count
    }

    /// Closes connections whose request is overdue, and accepts connections again after a pause.
    private func checkDeadlines() {
        if connections.hasDeadlines, nextDeadlineCheck.hasPassed {
            nextDeadlineCheck = .after(Self.deadlineCheckInterval)
            readAndClose(connections.overdue(at: .after(0)))
        }
        if let acceptPauseEnd, acceptPauseEnd.hasPassed {
            self.acceptPauseEnd = nil
            try? poll.add(listener, edgeTriggered: false)
        }
    }

    /// Reads connections once more, until a batch is full. Answers requests that arrived while the loop was busy with a
    /// commit, and closes the other connections.
    private func readAndClose(_ descriptors: [CInt]) {
        for descriptor in descriptors where batch.count < Self.batchSize {
            read(descriptor)
            if let state = connections[descriptor], state != .answering { end(descriptor) }
        }
        answerBatch()
    }

    private func end(_ descriptor: CInt) {
        close(descriptor)
        connections.remove(descriptor)
    }
}
