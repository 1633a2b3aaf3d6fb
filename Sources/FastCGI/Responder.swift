import CFastCGI
import Glibc
import Headcount
import Logging

/// The FastCGI responder: one thread, one loop. Whatever requests have come whole are answered together as one batch;
/// nobody is waited for.
///
/// Descriptors are the loop's own. libfcgi sees one only while a whole request waits in it (``RequestSlot``), since it
/// would block for the rest of a request that a slow or hostile peer keeps back.
package final class Responder {
    /// What the loop hands its batches to.
    package struct Handler {
        /// Answers a batch, a response for each request.
        package var respond: ([Request]) -> [Response]
        /// Works off what is due between batches and returns after how many milliseconds to call it again.
        package var maintain: () -> Int
        /// Whether a batch has left something to maintain, which then does not wait for those milliseconds.
        package var isMaintenanceDue: () -> Bool
        /// The answer to a request of more than 64 KiB.
        package var contentTooLarge: Response

        package init(
            respond: @escaping ([Request]) -> [Response],
            maintain: @escaping () -> Int,
            isMaintenanceDue: @escaping () -> Bool,
            contentTooLarge: Response
        ) {
            self.respond = respond
            self.maintain = maintain
            self.isMaintenanceDue = isMaintenanceDue
            self.contentTooLarge = contentTooLarge
        }
    }

    private let listener: CInt
    private let isListenerPassed: Bool
    private let stop: CInt
    private let handler: Handler
    private let maximumConnections: Int
    private let log: Logger

    private let poll: Epoll
    private var slots: [RequestSlot]
    private var batch: [(descriptor: CInt, request: Request)] = []
    private var output: [UInt8] = []
    private var connections = Connections()
    /// When the listener, left out of the poll, is taken in again.
    private var acceptingResumes: Int?
    private var hasFailedToAccept = false
    private var expiryDue = 0
    private var isStopping = false
    private let peeked = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    /// How long the end waits for requests that are owed, in milliseconds.
    private static let grace = 20
    /// The largest batch, and so the longest that its first request waits for the others.
    private static let batchSize = 256
    /// How long a request may take to come whole, and a new connection to bring one, in milliseconds.
    private static let patience = 1000
    /// How often connections that owe us something are looked at, in milliseconds.
    private static let expiryInterval = 100

    /// - Parameters:
    ///   - listener: the listening socket, which stays the caller's.
    ///   - stop: a descriptor that becomes readable when the loop shall end.
    ///   - maximumConnections: beyond it, newcomers wait in the backlog.
    /// - Throws: ``SystemError``
    package init(
        listener: ListeningSocket,
        stop: CInt,
        maximumConnections: Int,
        handler: Handler,
        log: Logger
    ) throws(SystemError) {
        self.listener = listener.descriptor
        isListenerPassed = listener.isPassed
        self.stop = stop
        self.handler = handler
        self.maximumConnections = maximumConnections
        self.log = log
        FCGX_Init()
        // libfcgi's own handlers would let the process neither stop nor live through a peer's death.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGUSR1, SIG_IGN)
        // Nothing is to be reopened: logs go to standard error.
        signal(SIGHUP, SIG_IGN)
        slots = (0..<Self.batchSize).map { _ in RequestSlot() }
        poll = try Epoll()
        try setNonBlocking(self.listener)
        try poll.add(self.listener, edgeTriggered: false)
        try poll.add(stop, edgeTriggered: false)
    }

    deinit {
        for descriptor in connections.descriptors { close(descriptor) }
        for slot in slots { slot.deallocate() }
        peeked.deallocate()
    }

    /// Runs until `stop` becomes readable, then answers what has come whole and returns.
    package func run() throws(SystemError) {
        var maintenanceDue = now()
        while !isStopping {
            if now() >= maintenanceDue { maintenanceDue = now() + handler.maintain() }
            var timeout = max(0, maintenanceDue - now())
            if connections.areOwing || acceptingResumes != nil { timeout = min(timeout, Self.expiryInterval) }
            try gather(waiting: timeout)
            answerBatch()
            if handler.isMaintenanceDue() { maintenanceDue = now() }
            expire()
        }
        try drain()
    }

    /// Answers who is here already and closes every connection. Each answer ends its own, so that a busy web server can't
    /// keep us. The backlog of a passed socket is left to whoever listens next; our own ends with us.
    private func drain() throws(SystemError) {
        if !isListenerPassed { acceptNewcomers() }
        poll.remove(listener)
        poll.remove(stop)
        let started = now()
        while now() < started + Self.patience {
            // Who has only just connected is about to ask.
            let isAwaiting = connections.areOwing && now() < started + Self.grace
            let isQuiet = try gather(waiting: isAwaiting ? Self.grace : 0) == 0
            answerBatch()
            if isQuiet { break }
        }
        // What comes after the last look is refused, not lost.
        while connections.count > 0 { conclude(connections.descriptors) }
    }

    /// Puts every whole request that is ready into the batch.
    ///
    /// - Returns: the number of descriptors that were ready.
    @discardableResult
    private func gather(waiting milliseconds: Int) throws(SystemError) -> Int {
        let ready = try poll.wait(milliseconds: milliseconds, atMost: Self.batchSize)
        for descriptor in ready {
            switch descriptor {
            case listener: acceptNewcomers()
            case stop: isStopping = true
            default: look(at: descriptor)
            }
        }
        return ready.count
    }

    private func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}

// MARK: - Connections

extension Responder {
    private func acceptNewcomers() {
        for _ in 0..<Self.batchSize {
            guard connections.count < maximumConnections || closeLongestIdle() else { return pauseAccepting() }
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else {
                switch errno {
                case EINTR, ECONNABORTED: continue
                case EAGAIN: return
                default:
                    let error = SystemError("accept")
                    if !hasFailedToAccept { log.warning("newcomers wait", metadata: ["reason": "\(error)"]) }
                    hasFailedToAccept = true
                    return pauseAccepting()
                }
            }
            hasFailedToAccept = false
            do throws(SystemError) {
                try setNonBlocking(descriptor)
                try poll.add(descriptor, edgeTriggered: true)
                connections.open(descriptor, owingUntil: now() + Self.patience)
            } catch {
                close(descriptor)
            }
        }
    }

    /// Leaves newcomers in the backlog for a moment.
    private func pauseAccepting() {
        poll.remove(listener)
        acceptingResumes = now() + Self.expiryInterval
    }

    /// Makes room for a newcomer: a kept-alive connection without a request is the web server's to reopen at will.
    private func closeLongestIdle() -> Bool {
        guard let descriptor = connections.longestIdle else { return false }
        end(descriptor)
        return true
    }

    /// Looks for a whole request and puts it into the batch. Edge-triggered: while one is partial, only more bytes, the
    /// peer's end or the deadline bring us back.
    private func look(at descriptor: CInt) {
        guard let state = connections[descriptor], state != .answering else { return }
        let length = recv(descriptor, peeked.baseAddress, peeked.count, CInt(MSG_PEEK | MSG_DONTWAIT))
        guard length > 0 else {
            if length == 0 || (errno != EAGAIN && errno != EINTR) { end(descriptor) }
            return
        }
        let bytes = UnsafeRawBufferPointer(rebasing: peeked[..<length])
        switch RequestRecords(bytes) {
        case .whole(length):
            take(descriptor)
        case .partial where length == peeked.count:
            refuse(descriptor, id: RequestRecords.requestID(bytes))
        case .partial:
            connections.owe(descriptor, until: now() + Self.patience)
        case .whole, .malformed:
            // A request behind a request, on a connection that was promised one at a time, counts as malformed.
            end(descriptor)
        }
    }

    private func take(_ descriptor: CInt) {
        guard let request = slots[batch.count].take(from: descriptor) else {
            return connections.forget(descriptor)
        }
        batch.append((descriptor, request))
        connections.answer(descriptor)
    }

    private func answerBatch() {
        guard !batch.isEmpty else { return }
        let responses = handler.respond(batch.map(\.request))
        for (index, response) in responses.enumerated() {
            let descriptor = batch[index].descriptor
            output.removeAll(keepingCapacity: true)
            response.appendCGI(to: &output)
            switch slots[index].answer(output) {
            case .kept where !isStopping: connections.idle(descriptor)
            case .kept, .done: end(descriptor)
            case .lost: connections.forget(descriptor)
            }
        }
        batch.removeAll(keepingCapacity: true)
    }

    /// Answers a request that is too large to look at whole.
    private func refuse(_ descriptor: CInt, id: UInt16) {
        output.removeAll(keepingCapacity: true)
        handler.contentTooLarge.appendCGI(to: &output)
        let records = RequestRecords.answer(output, to: id)
        _ = send(descriptor, records, records.count, CInt(MSG_DONTWAIT | MSG_NOSIGNAL))
        end(descriptor)
    }

    /// Closes what has owed a whole request for too long, and lets newcomers in again.
    private func expire() {
        let now = now()
        if connections.areOwing, now >= expiryDue {
            expiryDue = now + Self.expiryInterval
            conclude(connections.overdue(at: now))
        }
        if let moment = acceptingResumes, now >= moment {
            acceptingResumes = nil
            try? poll.add(listener, edgeTriggered: false)
        }
    }

    /// Takes a last look at connections, until a batch is full: answers each whose request is there, which may have come
    /// while a commit kept us from looking, and closes the others.
    private func conclude(_ descriptors: [CInt]) {
        for descriptor in descriptors where batch.count < Self.batchSize {
            look(at: descriptor)
            if let state = connections[descriptor], state != .answering { end(descriptor) }
        }
        answerBatch()
    }

    private func end(_ descriptor: CInt) {
        close(descriptor)
        connections.forget(descriptor)
    }
}
