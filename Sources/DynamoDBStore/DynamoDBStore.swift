#if DynamoDB
import AsyncHTTPClient
import Headcount
import NIOCore
import NIOPosix

/// The numbers in one DynamoDB table that any number of processes may share.
///
/// The thread that calls is blocked until DynamoDB has answered; what belongs to one batch goes out side by side.
package final class DynamoDBStore: CounterStore {
    private let loops: MultiThreadedEventLoopGroup
    private let executor: EventLoopExecutor
    private(set) var table: Table
    private var isClosed = false
    /// When the connections were last used, by the clock that is passed in.
    private var lastUse: Instant
    /// Clients that were replaced are closed when this is fulfilled.
    private var retirement: EventLoopFuture<Void>
    /// Pages that are known to be there.
    private var knownPages: Set<Page> = []
    /// Until when the limit of pages is taken for reached.
    private var fullUntil = NIODeadline.distantPast

    /// How long a limit that was reached is not tried again.
    private static let fullness = TimeAmount.seconds(60)
    /// How long a connection that is not used is kept, so that none is closed by the server just when it is used again.
    private static let idleTimeout = TimeAmount.seconds(15)

    /// The table that the settings name.
    ///
    /// - Throws: every DynamoDB setting that can't be used.
    package init(
        _ configuration: Configuration,
        now: @escaping @Sendable () -> Instant
    ) throws(ConfigurationError) {
        let settings = try DynamoDBSettings(configuration)
        loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        executor = EventLoopExecutor(loops.next())
        lastUse = now()
        retirement = loops.next().makeSucceededVoidFuture()
        self.table = Table(
            name: settings.table,
            dynamoDB: DynamoDB(
                endpoint: settings.endpoint,
                signer: Signer(region: settings.region, service: "dynamodb"),
                credentials: CredentialsChain(environment: configuration.aws),
                client: Self.client(loops),
                now: now
            ),
            maximumPages: configuration.maximumPages
        )
    }

    private static func client(_ loops: MultiThreadedEventLoopGroup) -> HTTPClient {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .seconds(1)
        configuration.connectionPool.idleTimeout = idleTimeout
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
        // Retries are ours, inside the deadline.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .shared(loops), configuration: configuration)
    }

    /// Leaves behind connections that were idle for long. The client closes such by a timer; but while a process is frozen,
    /// as by Lambda between invocations, its timers may stand still and its peers leave unseen, and what is written to a
    /// connection that is gone has an outcome that is not known. So this goes by the time of day.
    private func leaveIdleConnections() {
        let now = table.dynamoDB.now()
        defer { lastUse = now }
        let milliseconds = Int64(now.milliseconds - lastUse.milliseconds)
        guard !(0..<Self.idleTimeout.nanoseconds / 1_000_000).contains(milliseconds) else { return }
        let old = table.dynamoDB.client
        table.dynamoDB.client = Self.client(loops)
        retirement = retirement.and(old.shutdown()).map { _ in }
    }

    package func open(_ day: Day, by deadline: Deadline) throws(StoreError) -> OpenDay {
        try waiting(until: NIODeadline(deadline)) { table throws(CallError) in try await table.open(day) }
    }

    package func perform(_ work: Work, by deadline: Deadline) -> Results {
        let deadline = NIODeadline(deadline)
        return Results(of: work) { visits, day throws(StoreError) in
            try record(visits, on: day, until: deadline)
        } totals: { pages throws(StoreError) in
            try waiting(until: deadline) { table throws(CallError) in try await table.totals(of: pages) }
        } statistics: { query throws(StoreError) in
            try waiting(until: deadline) { table throws(CallError) in try await table.statistics(for: query) }
        }
    }

    private func record(_ visits: [Visit], on day: Day, until end: NIODeadline) throws(StoreError) -> [Tally] {
        // A quarter of the time is kept for taking back visitors that were written but not counted.
        let deadline = end - .nanoseconds((end - .now()).nanoseconds / 4)
        let pages = try admit(visits.compactMap(\.page), on: day, until: deadline)
        let admitted = visits.map { $0.page.map(pages.contains) ?? true ? $0 : Visit(siteVisitor: $0.siteVisitor) }
        let batch = Batch(visits: admitted, end: end)
        return try waiting(until: deadline) { table throws(CallError) in try await table.record(batch, on: day) }
    }

    /// DynamoDB deletes by itself what has expired.
    package func sweep() throws(StoreError) -> Sweep { .clean }

    /// Closes the connections. No other call may follow.
    package func close() throws(StoreError) {
        guard !isClosed else { return }
        isClosed = true
        do {
            try retirement.wait()
            try table.dynamoDB.client.syncShutdown()
            try loops.syncShutdownGracefully()
        } catch {
            throw StoreError("\(error)")
        }
    }

    deinit {
        try? close()
    }

    /// - Parameter pages: in the order in which they came.
    /// - Returns: those of the pages that may be counted, made if need be.
    private func admit(_ pages: [Page], on day: Day, until deadline: NIODeadline) throws(StoreError) -> Set<Page> {
        var seen = knownPages
        let strangers = pages.filter { seen.insert($0).inserted }
        guard !strangers.isEmpty else { return Set(pages) }
        let found = try waiting(until: deadline) { table throws(CallError) in
            try await table.items(strangers.map(Key.page))
        }
        var absent = strangers.filter { found[.page($0)] == nil }
        var admitted = Set(pages).subtracting(absent)
        knownPages.formUnion(admitted)
        // What is made is remembered, whatever becomes of the rest.
        while !absent.isEmpty, NIODeadline.now() >= fullUntil {
            let some = Array(absent.prefix(Table.pagesAtOnce))
            let made = try waiting(until: deadline) { table throws(CallError) in try await table.make(some, on: day) }
            knownPages.formUnion(made)
            admitted.formUnion(made)
            absent.removeFirst(some.count)
            if made.count < some.count { fullUntil = .now() + Self.fullness }
        }
        return admitted
    }

    func waiting<Value: Sendable>(
        until deadline: NIODeadline,
        _ work: @escaping @Sendable (Table) async throws(CallError) -> Value
    ) throws(StoreError) -> Value {
        leaveIdleConnections()
        let promise = loops.next().makePromise(of: Value.self)
        let table = table.until(deadline)
        let dynamoDB = table.dynamoDB
        Task(executorPreference: executor) {
            do {
                // At hand before the calls of an operation go out side by side.
                _ = try await dynamoDB.credentials
                    .current(at: dynamoDB.now(), through: dynamoDB.client, until: deadline)
                promise.succeed(try await work(table))
            } catch {
                promise.fail(error)
            }
        }
        do {
            return try promise.futureResult.wait()
        } catch {
            throw StoreError("DynamoDB: \(error)")
        }
    }
}

extension NIODeadline {
    /// NIO's deadlines are on the monotonic clock, too.
    init(_ deadline: Deadline) {
        self = .uptimeNanoseconds(UInt64(deadline.milliseconds) * 1_000_000)
    }
}
#endif
