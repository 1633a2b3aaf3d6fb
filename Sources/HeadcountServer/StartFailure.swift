import FastCGI
import Glibc
import Headcount
import SQLiteStore

/// Why the program can't start: error messages and an exit status of sysexits(3).
struct StartFailure: Error {
    var lines: [String]
    var status: CInt

    static let noSocket = StartFailure(
        lines: [
            "HEADCOUNT_LISTEN=: no socket was passed; set it to a path like /run/headcount/headcount.sock"
                + " or an address like 127.0.0.1:9000, or start the program from systemd, spawn-fcgi or a CGI server"
        ],
        status: EX_CONFIG
    )

    static func cannotListen(_ address: Configuration.ListenAddress, _ error: SystemError) -> StartFailure {
        let reason = error.code == EADDRINUSE ? "another process is listening there" : "\(error)"
        return StartFailure(lines: ["HEADCOUNT_LISTEN=\(address): \(reason)"], status: EX_UNAVAILABLE)
    }
}

extension StartFailure {
    init(_ error: ConfigurationError) {
        self.init(lines: error.problems.map(\.description), status: EX_CONFIG)
    }

    init(_ path: String, _ error: OpenError) {
        self.init(lines: ["HEADCOUNT_DATABASE=\(path): \(error)"], status: error.status)
    }
}
