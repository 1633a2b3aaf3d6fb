#if DynamoDB
import AsyncHTTPClient
import Headcount
import NIOCore
import NIOPosix

/// Keeps the numbers in one DynamoDB table, which any number of processes may share.
///
/// Blocks the calling thread until DynamoDB has answered. The calls of a batch run concurrently.
package final class DynamoDBStore: CounterStore {
    private let loops: MultiThreadedEventLoopGroup
    private let executor: EventLoopExecutor
    private let connections: Connections
    let table: Table
    private var isClosed = false
    /// Pages that are known to exist.
    private var knownPages: Set<Page> = []
    /// When to try to create pages again, after the page limit was reached.
    private var nextPageCreation = NIODeadline.distantPast

    /// How long to create no pages after the page limit was reached.
    private static let pageLimitRetryDelay = TimeAmount.seconds(60)

    /// Uses the table that the settings name.
    ///
    /// - Throws: every invalid DynamoDB setting.
    package init(
        _ configuration: Configuration,
        now: @escaping @Sendable () -> Instant
    ) throws(ConfigurationError) {
        let settings = try DynamoDBSettings(configuration)
        loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        executor = EventLoopExecutor(loops.next())
        connections = Connections(now: now())
        self.table = Table(
            name: settings.table,
            dynamoDB: DynamoDB(
                endpoint: settings.endpoint,
                signer: Signer(region: settings.region, service: "dynamodb"),
                credentials: CredentialsChain(environment: configuration.aws),
                client: Self.client(loops, connections),
                now: now
            ),
            maximumPages: configuration.maximumPages
        )
    }

    private static func client(_ loops: MultiThreadedEventLoopGroup, _ connections: Connections) -> HTTPClient {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .seconds(1)
        configuration.connectionPool.idleTimeout = Connections.idleTimeout
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
        // `DynamoDB.call` retries, within the deadline.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.http1_1ConnectionDebugInitializer = { connections.add($0) }
        return HTTPClient(eventLoopGroupProvider: .shared(loops), configuration: configuration)
    }

    package func open(_ day: Day, by deadline: Deadline) throws(StoreError) -> OpenDay {
        try waiting(until: NIODeadline(deadline)) { table throws(CallError) in try await table.open(day) }
    }

    package func perform(_ work: Work, by deadline: Deadline) -> Results {
        let deadline = NIODeadline(deadline)
        return Results(of: work) { work throws(StoreError) in
            try record(work, until: deadline)
        } totals: { pages throws(StoreError) in
            try waiting(until: deadline) { table throws(CallError) in try await table.totals(of: pages) }
        } statistics: { query throws(StoreError) in
            try waiting(until: deadline) { table throws(CallError) in try await table.statistics(for: query) }
        }
    }

    private func record(_ work: Work, until end: NIODeadline) throws(StoreError) -> [Tally] {
        let (visits, day) = (work.visits, work.day)
        // Reserves a quarter of the time for removing visitors that were added but not counted.
        let deadline = end - .nanoseconds((end - .now()).nanoseconds / 4)
        let pages = try admit(visits.compactMap(\.page), on: day, until: deadline)
        let admitted = visits.map { $0.page.map(pages.contains) ?? true ? $0 : Visit(siteVisitor: $0.siteVisitor) }
        let batch = Batch(visits: admitted, leftOut: work.leftOut, end: end)
        return try waiting(until: deadline) { table throws(CallError) in try await table.record(batch, on: day) }
    }

    /// Nothing to do: DynamoDB deletes expired items.
    package func sweep() throws(StoreError) -> Sweep { .clean }

    /// Closes the connections. Call nothing else afterwards.
    package func close() throws(StoreError) {
        guard !isClosed else { return }
        isClosed = true
        do {
            try table.dynamoDB.client.syncShutdown()
            try loops.syncShutdownGracefully()
        } catch {
            throw StoreError("\(error)")
        }
    }

    deinit {
        try? close()
    }

    /// Creates missing pages, up to the page limit.
    ///
    /// - Parameter pages: in order of arrival.
    /// - Returns: the pages that exist and may be counted.
    private func admit(_ pages: [Page], on day: Day, until deadline: NIODeadline) throws(StoreError) -> Set<Page> {
        var seen = knownPages
        let unknown = pages.filter { seen.insert($0).inserted }
        guard !unknown.isEmpty else { return Set(pages) }
        let found = try waiting(until: deadline) { table throws(CallError) in
            try await table.items(unknown.map(Key.page))
        }
        var missing = unknown.filter { found[.page($0)] == nil }
        var admitted = Set(pages).subtracting(missing)
        knownPages.formUnion(admitted)
        while !missing.isEmpty, NIODeadline.now() >= nextPageCreation {
            let some = Array(missing.prefix(Table.pagesPerTransaction))
            let created = try waiting(until: deadline) { table throws(CallError) in
                try await table.create(some, on: day)
            }
            knownPages.formUnion(created)
            admitted.formUnion(created)
            missing.removeFirst(some.count)
            if created.count < some.count { nextPageCreation = .now() + Self.pageLimitRetryDelay }
        }
        return admitted
    }

    /// Runs an operation, and blocks the calling thread until it ends.
    func waiting<Value: Sendable>(
        until deadline: NIODeadline,
        _ work: @escaping @Sendable (Table) async throws(CallError) -> Value
    ) throws(StoreError) -> Value {
        let promise = loops.next().makePromise(of: Value.self)
        let table = table.until(deadline)
        let (dynamoDB, connections) = (table.dynamoDB, connections)
        Task(executorPreference: executor) {
            do {
                await connections.closeIdle(at: dynamoDB.now())
                // Fetches credentials before concurrent calls need them.
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
        self = .uptimeNanoseconds(UInt64(max(0, deadline.milliseconds)) * 1_000_000)
    }
}
#endif
