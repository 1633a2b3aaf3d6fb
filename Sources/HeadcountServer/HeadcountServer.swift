import CFastCGI
import FastCGI
import Glibc
import Headcount
import Logging

/// `headcount-fcgi`, the responder: FastCGI, or CGI when a web server starts it as a script. It takes no arguments, and
/// ignores those that a CGI server may make of the query (RFC 3875 §4.4).
package enum HeadcountServer {
    /// Whether a web server has started this process as a CGI script.
    package static var isScript: Bool { CGI.isScript }

    /// Serves until it is told to stop, and ends the process.
    package static func run() -> Never {
        do {
            try serve()
            exit(EX_OK)
        } catch let failure as StartFailure {
            end(failure)
        } catch let error as ConfigurationError {
            end(StartFailure(error))
        } catch {
            end(StartFailure(lines: ["\(error)"], status: EX_OSERR))
        }
    }

    private static func end(_ failure: StartFailure) -> Never {
        for line in failure.lines {
            let text = "headcount-fcgi: \(line)\n"
            write(STDERR_FILENO, text, text.utf8.count)
        }
        if CGI.isScript { CGI.answer { $0.map { Service.unavailable(to: $0) } } }
        exit(failure.status)
    }

    private static func serve() throws {
        // A file that may not grow any more (setrlimit(2), RLIMIT_FSIZE) is an error of the write, as a full disk is.
        signal(SIGXFSZ, SIG_IGN)
        let configuration = try Configuration.load(Configuration.environment)
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        var log = Logger(label: "headcount-fcgi")
        log.logLevel = Logger.Level(rawValue: configuration.logLevel.rawValue) ?? .info
        if CGI.isScript {
            answerAsScript(configuration, log)
        } else {
            try serve(configuration, log)
        }
    }

    private static func answerAsScript(_ configuration: Configuration, _ log: Logger) {
        let store = LateStore { () throws(StartFailure) in try makeStore(configuration, for: .oneVisit) }
        let service = Service(configuration: configuration, store: store, log: log, now: Instant.now)
        CGI.answer(service.respond)
        if let failure = store.failure { exit(failure.status) }
        // The web server waits for our end, and a store that can't be had would keep it twice as long.
        if store.isOpen, service.isStoreAvailable { _ = service.maintain() }
    }

    private static func serve(_ configuration: Configuration, _ log: Logger) throws {
        let stop = try StopSignal()
        let socket = try ListeningSocket.inherited() ?? bind(configuration)
        defer { socket.close() }
        let store = try makeStore(configuration, for: .service)
        let service = Service(configuration: configuration, store: store, log: log, now: Instant.now)
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

    /// Raises the soft limit of descriptors to what the hard one and good sense allow.
    ///
    /// - Returns: how many may be used.
    private static func raisedDescriptorLimit() -> Int {
        var limit = rlimit()
        let descriptors = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        getrlimit(descriptors, &limit)
        limit.rlim_cur = min(limit.rlim_max, 16_384)
        setrlimit(descriptors, &limit)
        return Int(limit.rlim_cur)
    }

    /// libfcgi makes and frees 17 KB a request. Given back to the system after each batch, as malloc does by default,
    /// they would be mapped and zeroed anew for the next (mallopt(3)).
    private static func keepFreedMemory() {
        mallopt(M_TRIM_THRESHOLD, 16 << 20)
        mallopt(M_TOP_PAD, 4 << 20)
    }
}
