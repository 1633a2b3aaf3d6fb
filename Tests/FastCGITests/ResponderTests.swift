import Dispatch
import Glibc
import Headcount
import Logging
import StoreConformance
import Synchronization
import Testing

@testable import FastCGI
@testable import HeadcountServer

/// The loop on a real Unix socket, in its own thread.
@Suite("The responder", .serialized)
struct ResponderTests {
    /// Calls a closure before each batch, and notes how many visits it has.
    private final class WatchedStore: CounterStore {
        private let memory = MemoryStore(maximumPages: 10)
        private let before: @Sendable (Int) -> Void

        init(before: @escaping @Sendable (Int) -> Void) { self.before = before }

        func open(_ day: Day, by deadline: Deadline) throws(StoreError) -> OpenDay {
            try memory.open(day, by: deadline)
        }
        func perform(_ work: Work, by deadline: Deadline) -> Results {
            before(work.visits.count)
            return memory.perform(work, by: deadline)
        }
        func sweep() throws(StoreError) -> Sweep { .clean }
        func close() throws(StoreError) {}
    }

    /// A running loop.
    private final class Running {
        let path = "/tmp/hc-\(UInt64.random(in: .min ... .max)).sock"
        private let socket: ListeningSocket
        private let stopper: CInt
        private let ended = DispatchSemaphore(value: 0)

        /// - Parameter before: called before each batch is counted, with the number of its visits.
        init(maximumConnections: Int = 1000, before: @escaping @Sendable (Int) -> Void = { _ in }) throws {
            socket = try ListeningSocket.bind(.unix(path: path))
            var pipe: [CInt] = [0, 0]
            try #require(Glibc.pipe(&pipe) == 0)
            stopper = pipe[1]
            let (listener, stop, ended) = (socket, pipe[0], ended)
            DispatchQueue(label: path).async {
                let log = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
                let store = WatchedStore(before: before)
                do {
                    let responder = try Responder(
                        Service(configuration: Configuration(), log: log, now: Instant.now) { store },
                        listener: listener.descriptor,
                        isListenerShared: listener.isInherited,
                        stop: stop,
                        maximumConnections: maximumConnections,
                        log: log
                    )
                    while !responder.isStopping { try responder.answerNextBatch(by: .after(60_000)) }
                    try responder.drain()
                } catch {
                    Issue.record(error)
                }
                close(stop)
                ended.signal()
            }
        }

        func stop() { close(stopper) }

        /// - Returns: whether the loop ended within a minute.
        func hasEnded() -> Bool {
            defer { socket.close() }
            return ended.wait(timeout: .now() + 60) == .success
        }

        func end() -> Bool {
            stop()
            return hasEnded()
        }

        func connect() throws -> Peer { try Peer(connectedTo: path) }
    }

    private let health: [(String, String)] = [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/headcount/healthz?x")]

    private func isAnswering(_ running: Running) throws -> Bool {
        let peer = try running.connect()
        peer.send(Records.request(health))
        return peer.answer()?.contains(#"{"status":"ok"}"#) == true
    }

    @Test("answers several requests with bodies on one connection")
    func keeps() throws {
        let running = try Running()
        let peer = try running.connect()
        for number in 0..<5 {
            let body = [UInt8](repeating: 7, count: number * 15_000)
            peer.send(Records.request([("REQUEST_METHOD", "POST"), ("REQUEST_URI", "/headcount")], body: body))
            #expect(peer.answer()?.contains("\"count\":\(number + 1),") == true)
        }
        #expect(running.end())
    }

    @Test("closes the connection if the web server does not keep it")
    func closes() throws {
        let running = try Running()
        let peer = try running.connect()
        peer.send(Records.request(health, keep: false))
        #expect(peer.answer() != nil)
        #expect(peer.isClosed())
        #expect(running.end())
    }

    @Test("answers a request that arrives byte by byte")
    func trickle() throws {
        let running = try Running()
        let peer = try running.connect()
        for byte in Records.request(health) { peer.send([byte]) }
        #expect(peer.answer() != nil)
        #expect(running.end())
    }

    @Test("does not wait for incomplete requests, and closes their connections after a second")
    func halfSent() throws {
        let running = try Running()
        let halves = try (0..<100).map { _ in try running.connect() }
        for half in halves { half.send(Array(Records.request(health).dropLast(3))) }
        #expect(try isAnswering(running))
        #expect(halves.allSatisfy { $0.isClosed() })
        #expect(running.end())
    }

    @Test("does not extend the deadline of a peer that sends its request slowly")
    func deadline() {
        var connections = Connections()
        connections.open(5, by: Deadline(milliseconds: 1000))
        connections.buffer([1], of: 5, by: Deadline(milliseconds: 1500))
        #expect(connections.overdue(at: Deadline(milliseconds: 999)) == [])
        #expect(connections.overdue(at: Deadline(milliseconds: 1000)) == [5])
    }

    @Test("accepts new connections once silent ones have timed out")
    func silent() throws {
        let running = try Running(maximumConnections: 10)
        let silent = try (0..<15).map { _ in try running.connect() }
        #expect(try isAnswering(running))
        #expect(silent.allSatisfy { $0.isClosed() })
        #expect(running.end())
    }

    @Test("closes the longest idle connection to accept a new one")
    func fullOfIdle() throws {
        let running = try Running(maximumConnections: 10)
        let kept = try (0..<10).map { _ in try running.connect() }
        for peer in kept {
            peer.send(Records.request(health))
            #expect(peer.answer() != nil)
        }
        #expect(try isAnswering(running))
        #expect(kept[0].isClosed(), "the longest idle one")
        kept[9].send(Records.request(health))
        #expect(kept[9].answer() != nil)
        #expect(running.end())
    }

    @Test("closes a connection that sends no request, or two at once")
    func garbage() throws {
        let running = try Running()
        for bytes in [Array("GET / HTTP/1.1\r\n\r\n".utf8), Records.request(health) + Records.request(health)] {
            let peer = try running.connect()
            peer.send(bytes)
            #expect(peer.isClosed(), "\(bytes)")
        }
        #expect(try isAnswering(running))
        #expect(running.end())
    }

    @Test("answers 413 to a request of more than 64 KiB")
    func tooLarge() throws {
        let running = try Running()
        let peer = try running.connect()
        let part = Records.record(5, [UInt8](repeating: 1, count: 60_000))
        let head = Records.begin() + Records.record(4, Records.parameters(health)) + Records.record(4, [])
        peer.send(head + part + part)
        #expect(peer.answer()?.hasPrefix("Status: 413") == true)
        #expect(peer.isClosed())
        #expect(running.end())
    }

    @Test("closes the connection of a peer that does not read its responses")
    func unreadResponses() throws {
        let running = try Running()
        let peer = try running.connect()
        let request = Records.request(health)
        var sent = 0
        while sent < 1_000_000, peer.send(request) { sent += 1 }
        #expect(sent < 1_000_000)
        #expect(try isAnswering(running))
        #expect(running.end())
    }

    @Test(
        "answers requests that arrive while a batch takes longer than their timeout",
        arguments: [true, false]
    )
    func heldUp(_ isStopped: Bool) throws {
        let (asked, answered) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let largest = Mutex(0)
        let running = try Running { size in
            largest.withLock { $0 = max($0, size) }
            asked.signal()
            answered.wait()
        }
        let peers = try (0..<300).map { _ in try running.connect() }
        let silent = try running.connect()
        // All are accepted by the time the first request is read.
        peers[0].send(Records.request())
        asked.wait()
        for peer in peers.dropFirst() { peer.send(Records.request()) }
        if isStopped { running.stop() }
        usleep(1_100_000)
        for _ in peers { answered.signal() }

        #expect(peers.allSatisfy { $0.answer() != nil })
        #expect(largest.withLock { $0 } > 100, "they are counted as a batch")
        #expect(silent.isClosed())
        if !isStopped { running.stop() }
        #expect(running.hasEnded())
    }

    @Test("answers the requests that have arrived before it ends, and waits for no others")
    func drains() throws {
        let running = try Running()
        let half = try running.connect()
        half.send(Array(Records.request(health).dropLast(3)))
        let peers = try (0..<50).map { _ in try running.connect() }
        for peer in peers { peer.send(Records.request(health)) }
        #expect(running.end())
        #expect(peers.allSatisfy { $0.answer() != nil })
        #expect(half.isClosed())
    }
}
