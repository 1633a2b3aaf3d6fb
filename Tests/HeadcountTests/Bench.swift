import Logging
import StoreConformance
import Testing

@testable import Headcount

/// A service with a clock and a store that the test controls.
final class Bench {
    var now = Instant(milliseconds: 20_781 * 86_400_000 + 43_200_000)
    let store = FaultyStore()
    var configuration: Configuration
    private(set) lazy var service = Service(
        configuration: configuration,
        log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
        now: { [unowned self] in now },
        openStore: { [unowned self] in
            openings += 1
            return store
        }
    )
    /// How often the store was opened.
    private(set) var openings = 0

    func respond(_ requests: [Request]) -> [Response] {
        service.respond(to: requests, by: .after(10_000))
    }

    init(_ settings: [String: String] = [:]) throws {
        configuration = try Configuration(environment: settings)
    }

    func answer(
        _ target: String,
        _ method: Request.Method = .get,
        origin: String? = nil,
        from address: String = "192.0.2.1",
        userAgent: String = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        isPrefetch: Bool = false,
        authorization: String? = nil,
        session: String? = nil
    ) throws -> Response {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let request = Request(
            method: method,
            path: parts[0],
            query: parts.count > 1 ? parts[1] : "",
            origin: origin,
            userAgent: userAgent,
            address: IPAddress(address),
            isPrefetch: isPrefetch,
            authorization: authorization,
            session: session
        )
        return try #require(respond([request]).first)
    }
}

/// The store in memory, which the test can make fail.
final class FaultyStore: CounterStore {
    var isDown = false
    private(set) var works: [Work] = []
    private let memory = MemoryStore(maximumPages: 3)

    private static let error = StoreError("disk full at /secret/path")

    private func fail() throws(StoreError) {
        if isDown { throw Self.error }
    }
    func close() throws(StoreError) {}
    func open(_ day: Day, by deadline: Deadline) throws(StoreError) -> OpenDay {
        try fail()
        return try memory.open(day, by: deadline)
    }
    func perform(_ work: Work, by deadline: Deadline) -> Results {
        works.append(work)
        return isDown ? Results(failing: Self.error) : memory.perform(work, by: deadline)
    }
    func sweep() throws(StoreError) -> Sweep {
        try fail()
        return try memory.sweep()
    }
}

extension Response {
    /// The value of a field, by its case-sensitive name.
    subscript(name: String) -> String? {
        (fields + corsFields).first { $0.name == name }?.value
    }
}
