import Logging

/// Logs when the store starts to fail and when it writes again, instead of logging each failure.
struct Outage {
    let log: Logger
    private var current: (since: Instant, failures: Int, isLogged: Bool)?
    private var lastLogged: Instant?

    /// The minimum time between two logged outages, in milliseconds, so that intermittent failures don't flood the log.
    private static let logInterval = 10_000

    init(log: Logger) {
        self.log = log
    }

    var isOngoing: Bool { current != nil }

    /// Only a write ends an outage, since a full disk can still be read.
    mutating func note(_ results: Results, hasWritten: Bool, at now: Instant) {
        if let error = results.failure {
            note(error, at: now)
        } else if hasWritten {
            end(at: now)
        }
    }

    mutating func note(_ error: StoreError, at now: Instant) {
        var outage = current ?? (since: now, failures: 0, isLogged: false)
        outage.failures += 1
        if !outage.isLogged, lastLogged.map({ abs(now.milliseconds - $0.milliseconds) >= Self.logInterval }) ?? true {
            outage.isLogged = true
            lastLogged = now
            log.error("store unavailable", metadata: ["reason": "\(error)"])
        }
        current = outage
    }

    private mutating func end(at now: Instant) {
        guard let outage = current else { return }
        current = nil
        guard outage.isLogged else { return }
        let seconds = (now.milliseconds - outage.since.milliseconds) / 1000
        log.notice("store available again", metadata: ["after": "\(seconds) s", "failures": "\(outage.failures)"])
    }
}
