#if DynamoDB
import Headcount
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import DynamoDBStore

/// Answers calls from a script, and records calls and connections.
final class HTTPServer: Sendable {
    private let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let channel: any Channel
    private let script: Script

    struct Reply: Sendable, ExpressibleByStringLiteral {
        var body: String
        var status: HTTPResponseStatus

        init(_ body: String, status: HTTPResponseStatus = .ok) {
            self.body = body
            self.status = status
        }

        init(stringLiteral body: String) { self.init(body) }

        /// An error with this code, and the item on which a condition failed.
        static func error(_ status: HTTPResponseStatus, _ code: String, item: String? = nil) -> Reply {
            let item = item.map { #","Item":\#($0)"# } ?? ""
            return Reply(#"{"__type":"com.amazonaws.dynamodb.v20120810#\#(code)"\#(item)}"#, status: status)
        }
    }

    private final class Script: Sendable {
        let reply: @Sendable (String, Int) -> Reply
        /// How many bytes its Content-Length exceeds the bytes that the server sends before it stalls.
        let shortfall: Int
        let calls = Mutex<[String]>([])
        let connections = Atomic(0)

        init(_ reply: @escaping @Sendable (String, Int) -> Reply, _ shortfall: Int) {
            self.reply = reply
            self.shortfall = shortfall
        }

        func next(_ operation: String) -> Reply {
            let number = calls.withLock {
                $0.append(operation)
                return $0.count { $0 == operation }
            }
            return reply(operation, number)
        }
    }

    /// Sends these replies in order, and then repeats the last.
    convenience init(_ replies: Reply..., fallingShortBy shortfall: Int = 0) throws {
        try self.init(fallingShortBy: shortfall) { replies[min($1, replies.count) - 1] }
    }

    /// - Parameter reply: called with an operation and the number of its call, from 1.
    init(fallingShortBy shortfall: Int = 0, reply: @escaping @Sendable (String, Int) -> Reply) throws {
        let script = Script(reply, shortfall)
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

    /// The operations that were called.
    var calls: [String] { script.calls.withLock { $0 } }
    var connections: Int { script.connections.load(ordering: .sequentiallyConsistent) }

    var address: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }

    /// A store that uses this server as DynamoDB.
    func store(now: @escaping @Sendable () -> Instant) throws -> DynamoDBStore {
        var configuration = Configuration()
        configuration.table = "headcount"
        configuration.endpoint = address
        configuration.aws = Server.environment
        return try DynamoDBStore(configuration, now: now)
    }

    private final class Answer: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let script: Script
        private var operation = ""

        init(_ script: Script) { self.script = script }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): operation = head.headers.first(name: "X-Amz-Target").map(Self.operation) ?? ""
            case .body: break
            case .end: answer(script.next(operation), context)
            }
        }

        private static func operation(_ target: String) -> String {
            String(target.split(separator: ".").last ?? "")
        }

        private func answer(_ reply: Reply, _ context: ChannelHandlerContext) {
            let headers: HTTPHeaders = ["Content-Length": "\(reply.body.utf8.count + script.shortfall)"]
            let head = HTTPResponseHead(version: .http1_1, status: reply.status, headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: reply.body)))), promise: nil)
            if script.shortfall == 0 { context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
        }
    }
}
#endif
