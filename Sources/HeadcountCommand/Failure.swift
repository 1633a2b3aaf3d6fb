import Glibc
import Headcount
import SQLiteStore

/// Why a command failed: lines for the owner, usually one, and an exit status of sysexits(3).
struct Failure: Error {
    var lines: [String]
    var status: CInt

    init(_ line: String, _ status: CInt) {
        lines = [line]
        self.status = status
    }

    init(_ error: ConfigurationError) {
        lines = error.problems.map(\.description)
        status = EX_CONFIG
    }

    init(_ error: StoreError) {
        let status =
            switch error.kind {
            case .busy: EX_TEMPFAIL
            case .disk: EX_IOERR
            case .other: EX_UNAVAILABLE
            }
        self.init("\(error)", status)
    }

    init(_ path: String, _ error: OpenError) {
        self.init("HEADCOUNT_DATABASE=\(path): it \(error)", error.status)
    }

    /// - Returns: `nil` for an error of the argument parser.
    init?(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as ConfigurationError: self.init(error)
        case let error as StoreError: self.init(error)
        default: return nil
        }
    }

    /// The error of the last system call.
    static func ofSystem(_ path: String, _ status: CInt) -> Failure {
        Failure("\(path): \(String(cString: strerror(errno)))", status)
    }
}
