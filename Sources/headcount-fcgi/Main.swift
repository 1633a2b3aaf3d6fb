import CFastCGI
import DynamoDBStore
import FastCGI
import Foundation
import Headcount
import Logging
import SQLiteStore

/// The responder: FastCGI, or CGI when a web server starts it as a script. It takes no arguments, and ignores those
/// that a CGI server may make of the query (RFC 3875 §4.4).
@main
enum Main {
    static func main() {
        do {
            try run()
        } catch let failure as StartFailure {
            end(failure)
        } catch {
            end(StartFailure(lines: ["\(error)"], status: EX_OSERR))
        }
    }

    private static func end(_ failure: StartFailure) -> Never {
        for line in failure.lines { FileHandle.standardError.write(Data("headcount-fcgi: \(line)\n".utf8)) }
        if CGI.isScript { CGI.answer { $0.map { Service.unavailable(to: $0) } } }
        exit(failure.status)
    }

    private static func run() throws {
        // A file that may not grow any more (setrlimit(2), RLIMIT_FSIZE) is an error of the write, as a full disk is.
        signal(SIGXFSZ, SIG_IGN)
        let configuration = try loadConfiguration()
        let log = makeLog(configuration.logLevel)
        if CGI.isScript {
            try answerAsScript(configuration, log)
        } else {
            try serve(configuration, log)
        }
    }

    private static func loadConfiguration() throws(StartFailure) -> Configuration {
        do {
            return try Configuration.load(ProcessInfo.processInfo.environment)
        } catch {
            throw StartFailure.configuration(error)
        }
    }

    private static func answerAsScript(_ configuration: Configuration, _ log: Logger) throws {
        let store = LateStore { () throws(StartFailure) in try makeStore(configuration, for: .oneVisit) }
        let service = Service(configuration: configuration, store: store, log: log, now: systemTime)
        CGI.answer(service.respond)
        if let failure = store.failure { exit(failure.status) }
        // The web server waits for our end, and a store that can't be had would keep it twice as long.
        if store.isOpen, service.isStoreAvailable { _ = service.maintain() }
    }

    private static func makeStore(
        _ configuration: Configuration,
        for use: SQLiteStore.Use
    ) throws(StartFailure) -> any CounterStore {
        switch configuration.store {
        case .sqlite:
            do {
                return try SQLiteStore(
                    path: configuration.database,
                    maximumPages: configuration.maximumPages,
                    use: use
                )
            } catch {
                throw StartFailure.database(configuration.database, error)
            }
        case .dynamodb:
            do {
                return try DynamoDBStore(configuration, now: systemTime)
            } catch {
                throw StartFailure.configuration(error)
            }
        }
    }

    private static func serve(_ configuration: Configuration, _ log: Logger) throws {
        let stop = try StopSignal()
        let inherited = ListeningSocket.inherited()
        let socket = try inherited ?? bind(configuration)
        defer { socket.close() }
        let store = try makeStore(configuration, for: .service)
        let service = Service(configuration: configuration, store: store, log: log, now: systemTime)
        let manager = ServiceManager.inherited()
        keepFreedMemory()
        let responder = try Responder(
            listener: socket,
            stop: stop.descriptor,
            maximumConnections: max(8, raisedDescriptorLimit() - 32),
            handler: .init(
                respond: service.respond,
                maintain: {
                    // Here, because a loop that hangs no longer comes by.
                    manager?.tell(.alive)
                    return min(service.maintain(), manager?.heartbeat ?? .max)
                },
                isMaintenanceDue: { service.isMaintenanceDue },
                contentTooLarge: service.contentTooLarge
            ),
            log: log
        )
        log.info("listening", metadata: ["count_path": "\(configuration.basePath)\(configuration.countPath)"])
        manager?.tell(.ready)
        try responder.run()
        manager?.tell(.stopping)
        try store.close()
        log.info("stopped")
    }

    private static func bind(_ configuration: Configuration) throws -> ListeningSocket {
        guard let address = configuration.listen else { throw StartFailure.noSocket }
        do {
            return try ListeningSocket.bind(address)
        } catch {
            throw StartFailure.cannotListen(address, error)
        }
    }

    private static func makeLog(_ level: Configuration.LogLevel) -> Logger {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        var log = Logger(label: "headcount-fcgi")
        log.logLevel = Logger.Level(rawValue: level.rawValue) ?? .info
        return log
    }

    @Sendable private static func systemTime() -> Instant {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Instant(milliseconds: now.tv_sec * 1000 + now.tv_nsec / 1_000_000)
    }

    /// Raises the soft limit of descriptors to what the hard one and good sense allow.
    ///
    /// - Returns: how many may be used.
    private static func raisedDescriptorLimit() -> Int {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let most: rlim_t = 16_384
        let wanted = min(limit.rlim_max, most)
        if limit.rlim_cur < wanted {
            limit.rlim_cur = wanted
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        return Int(min(limit.rlim_cur, most))
    }

    /// libfcgi makes and frees 17 KB a request. Given back to the system after each batch, as malloc does by default,
    /// they would be mapped and zeroed anew for the next (mallopt(3)).
    private static func keepFreedMemory() {
        mallopt(M_TRIM_THRESHOLD, 16 << 20)
        mallopt(M_TOP_PAD, 4 << 20)
    }
}
