import Headcount
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import DynamoDBStore

@Suite("A connection to DynamoDB")
struct ConnectionTests {
    @Test(
        "is used again, unless it was idle for so long by the time of day that the server may have left",
        arguments: [(0, 1), (14_999, 1), (15_000, 2), (86_400_000, 2), (-1, 2)]
    )
    func reuse(milliseconds: Int, connections: Int) throws {
        let server = try EmptyTable()
        let time = Mutex(1_795_000_000_000)
        let store = try server.store { Instant(milliseconds: time.withLock { $0 }) }
        for _ in 0..<3 { #expect(try store.tally(for: nil) == Tally(site: .zero)) }
        #expect(server.connections == 1)

        time.withLock { $0 += milliseconds }
        for _ in 0..<3 { #expect(try store.tally(for: nil) == Tally(site: .zero)) }
        #expect(server.connections == connections)
        try store.close()
    }

    @Test("is given up at the deadline, also by whoever has half an answer")
    func silence() throws {
        let server = try EmptyTable(claiming: 1000)
        let store = try server.store { Instant(milliseconds: 1_795_000_000_000) }
        let began = NIODeadline.now()
        store.lastMoment = began + .milliseconds(200)
        let error = #expect(throws: StoreError.self) { try store.tally(for: nil) }
        #expect(error?.description.contains("deadline") == true, "\(error?.description ?? "")")
        #expect(NIODeadline.now() - began < .seconds(2), "the store's own patience")
        try store.close()
    }
}

/// Answers every call as for a table with nothing in it, and counts who connects.
private final class EmptyTable: Sendable {
    private let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let channel: any Channel
    private let accepted = Counter()

    private final class Counter: Sendable {
        let value = Atomic(0)
    }

    var connections: Int { accepted.value.load(ordering: .sequentiallyConsistent) }

    /// - Parameter length: how long each answer says that it is; it has two bytes.
    init(claiming length: Int = 2) throws {
        let accepted = accepted
        channel = try ServerBootstrap(group: loops)
            .childChannelInitializer { channel in
                accepted.value.add(1, ordering: .sequentiallyConsistent)
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Answer(length: length))
                }
            }
            .bind(host: "127.0.0.1", port: 0).wait()
    }

    deinit {
        try? loops.syncShutdownGracefully()
    }

    func store(now: @escaping @Sendable () -> Instant) throws -> DynamoDBStore {
        let port = try #require(channel.localAddress?.port)
        return try DynamoDBStore(
            table: "empty",
            endpoint: try #require(Endpoint("http://127.0.0.1:\(port)")),
            maximumPages: 0,
            environment: Server.environment,
            now: now
        )
    }

    private final class Answer: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let length: Int

        init(length: Int) { self.length = length }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .end = unwrapInboundIn(data) else { return }
            let headers: HTTPHeaders = ["Content-Length": "\(length)"]
            context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: .ok, headers: headers))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "{}")))), promise: nil)
            if length == 2 { context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
        }
    }
}
