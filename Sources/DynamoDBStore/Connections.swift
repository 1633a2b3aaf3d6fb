#if DynamoDB
import Headcount
import NIOCore
import Synchronization

/// The connections of a client. Closes those that, by the time of day, were idle for too long: the client's own timers
/// stop while Lambda freezes the process, and writing to a connection that the server has closed would have an unknown
/// outcome.
///
/// Replacing the client would have the same effect, but a new client parses the system's root certificates again, which
/// takes several times the CPU of a handshake.
final class Connections: Sendable {
    /// How long to keep an idle connection: shorter than DynamoDB does, which might close it just as it is used.
    static let idleTimeout = TimeAmount.seconds(15)

    private let state: Mutex<State>

    private struct State {
        var open: [any Channel] = []
        var lastUse: Instant
    }

    init(now: Instant) {
        state = Mutex(State(lastUse: now))
    }

    /// Keeps track of a new connection until it is closed.
    func add(_ channel: any Channel) -> EventLoopFuture<Void> {
        state.withLock { $0.open.append(channel) }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { $0.open.removeAll { $0 === channel } }
        }
        return channel.pipeline.addHandler(BelowTLS(), name: BelowTLS.name, position: .first)
    }

    /// Closes the connections that were idle for too long. Call this before each use.
    func closeIdle(at now: Instant) async {
        let idle = state.withLock { state in
            let milliseconds = Int64(now.milliseconds - state.lastUse.milliseconds)
            state.lastUse = now
            return (0..<Self.idleTimeout.nanoseconds / 1_000_000).contains(milliseconds) ? [] : state.open
        }
        for channel in idle {
            channel.eventLoop.execute {
                try? channel.pipeline.syncOperations.context(name: BelowTLS.name).close(promise: nil)
            }
            // The client's pool learns of it from the same future, but registered first.
            try? await channel.closeFuture.get()
        }
    }
}

/// Where to close a connection at once: from above TLS, closing waits for the server, which may be gone.
private final class BelowTLS: ChannelOutboundHandler, Sendable {
    typealias OutboundIn = IOData

    static let name = "headcount.below-tls"
}
#endif
