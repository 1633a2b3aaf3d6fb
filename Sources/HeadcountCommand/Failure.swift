import Glibc
import Headcount
import SQLiteStore

/// Why a command did not do what it was asked: lines for the owner, usually one, and a status of sysexits(3).
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
        self.init("\(error)", error.isBusy ? EX_TEMPFAIL : EX_UNAVAILABLE)
    }

    init(_ path: String, _ error: OpenError) {
        self.init("HEADCOUNT_DATABASE=\(path): it \(error)", error.status)
    }

    /// - Returns: `nil` for an error of the parser's.
    init?(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as ConfigurationError: self.init(error)
        case let error as StoreError: self.init(error)
        default: return nil
        }
    }

    /// With what the system said of its last call.
    static func ofSystem(_ path: String, _ status: CInt) -> Failure {
        Failure("\(path): \(String(cString: strerror(errno)))", status)
    }
}

extension String {
    /// Without line ends, control characters and invisible ones, which would make two lines of one, play with a terminal,
    /// or turn the direction of what follows (Unicode Technical Report 36, §2.5 “Bidirectional Text Spoofing”).
    var oneLine: String {
        split { $0.isNewline }.joined(separator: " ").unicodeScalars
            .map { [.control, .format].contains($0.properties.generalCategory) ? "?" : String($0) }.joined()
    }
}
