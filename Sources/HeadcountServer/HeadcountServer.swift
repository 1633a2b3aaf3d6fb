import FastCGI
import Glibc
import Headcount
import Logging

/// `headcount-fcgi`: a FastCGI responder, or a CGI script if a web server starts it as one. It takes no arguments, and
/// ignores those that a CGI server may derive from the query (RFC 3875 §4.4).
package enum HeadcountServer {
    /// Whether a web server started this process as a CGI script.
    package static var isScript: Bool { CGI.isScript }

    /// Serves until SIGTERM or SIGINT, then exits.
    package static func run() -> Never {
        do {
            try runUntilStopped()
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
            _ = writeAll(text, to: STDERR_FILENO)
        }
        if CGI.isScript { CGI.write(.unavailable) }
        exit(failure.status)
    }

    private static func runUntilStopped() throws {
        // At the limit of a file's size (setrlimit(2), RLIMIT_FSIZE), write(2) should fail as on a full disk.
        signal(SIGXFSZ, SIG_IGN)
        // A web server may close its connection first.
        signal(SIGPIPE, SIG_IGN)
        // Logs go to standard error, so there is no file to reopen.
        signal(SIGHUP, SIG_IGN)
        signal(SIGUSR1, SIG_IGN)
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

    /// Answers one request. Opens the store only if the request needs it, since opening takes most of a script's time.
    private static func answerAsScript(_ configuration: Configuration, _ log: Logger) {
        // If two hundred scripts start at once, the last one waits for all others.
        let deadline = Deadline.after(20_000)
        var store: Result<any CounterStore, StartFailure>?
        let service = Service(configuration: configuration, log: log, now: Instant.now) { () throws(StoreError) in
            let opened = store ?? Result { () throws(StartFailure) in try makeStore(configuration, by: deadline) }
            store = opened
            return try opened.mapError { StoreError($0.lines.joined(separator: "; ")) }.get()
        }
        service.respond(to: [CGI.request], by: deadline).forEach(CGI.write)
        switch store {
        case .failure(let failure): exit(failure.status)
        // After a failure, maintenance would only keep the web server waiting.
        case .success where service.isStoreAvailable:
            _ = service.maintain()
            service.writeLeftOut()
        default: break
        }
    }

    private static func serve(_ configuration: Configuration, _ log: Logger) throws {
        let stop = try StopSignal()
        let socket = try ListeningSocket.inherited() ?? bind(configuration)
        defer { socket.close() }
        let store = try makeStore(configuration, by: .after(2000))
        let service = Service(configuration: configuration, log: log, now: Instant.now) { store }
        let responder = try Responder(
            service,
            listener: socket.descriptor,
            isListenerShared: socket.isInherited,
            stop: stop.descriptor,
            // The other descriptors are for the database, the sockets and the logs.
            maximumConnections: max(8, raiseDescriptorLimit() - 32),
            log: log
        )
        let systemd = SystemdNotifier.inherited()
        log.info("listening")
        systemd?.notify(.ready)
        while !responder.isStopping {
            let deadlines = [service.maintain(), systemd?.keepAlive()].compactMap { $0 }
            try responder.answerNextBatch(by: deadlines.min() ?? .after(1000))
        }
        systemd?.notify(.stopping)
        try responder.drain()
        service.writeLeftOut()
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

    /// Raises the soft limit of open descriptors to the hard limit, but at most 16,384.
    ///
    /// - Returns: the new soft limit.
    private static func raiseDescriptorLimit() -> Int {
        var limit = rlimit()
        let descriptors = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        getrlimit(descriptors, &limit)
        limit.rlim_cur = min(limit.rlim_max, 16_384)
        setrlimit(descriptors, &limit)
        return Int(limit.rlim_cur)
    }
}
