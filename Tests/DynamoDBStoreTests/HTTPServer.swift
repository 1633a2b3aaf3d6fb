import Headcount
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import DynamoDBStore

/// Answers each request with the next of its bodies, and from then on with the last; counts requests and connections.
final class HTTPServer: Sendable {
    private let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let channel: any Channel
    private let script: Script

    private final class Script: Sendable {
        let bodies: [String]
        /// How many bytes more than it sends the server says that it sends, before it falls silent.
        let shortfall: Int
        let requests = Atomic(0)
        let connections = Atomic(0)

        init(_ bodies: [String], _ shortfall: Int) {
            self.bodies = bodies
            self.shortfall = shortfall
        }
    }

    init(_ bodies: String..., fallingShortBy shortfall: Int = 0) throws {
        let script = Script(bodies, shortfall)
        self.script = script
        channel = try ServerBootstrap(group: loops)
            .childChannelInitializer { channel in
                script.connections.add(1, ordering: .sequentiallyConsistent)
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Answer(script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).wait()
    }

    deinit {
        try? loops.syncShutdownGracefully()
    }

    var requests: Int { script.requests.load(ordering: .sequentiallyConsistent) }
    var connections: Int { script.connections.load(ordering: .sequentiallyConsistent) }

    var address: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }

    /// A store that takes this for DynamoDB.
    func store(now: @escaping @Sendable () -> Instant) throws -> DynamoDBStore {
        let endpoint = try #require(Endpoint(address) as Endpoint?)
        return try DynamoDBStore(
            table: "headcount",
            endpoint: endpoint,
            maximumPages: 0,
            environment: Server.environment,
            now: now
        )
    }

    private final class Answer: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let script: Script

        init(_ script: Script) { self.script = script }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .end = unwrapInboundIn(data) else { return }
            let number = script.requests.add(1, ordering: .sequentiallyConsistent).oldValue
            let body = script.bodies[min(number, script.bodies.count - 1)]
            let headers: HTTPHeaders = ["Content-Length": "\(body.utf8.count + script.shortfall)"]
            context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: .ok, headers: headers))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
            if script.shortfall == 0 { context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
        }
    }
}
