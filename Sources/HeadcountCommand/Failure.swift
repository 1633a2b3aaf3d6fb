import DynamoDBStore
import Foundation
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
        self.init("\(error)", EX_UNAVAILABLE)
    }

    init(_ path: String, _ error: OpenError) {
        let status =
            switch error {
            case .foreign, .newer, .corrupt: EX_DATAERR
            case .unusable: EX_CANTCREAT
            case .unavailable: EX_TEMPFAIL
            }
        self.init("HEADCOUNT_DATABASE=\(path): it \(error)", status)
    }
}

extension String {
    /// Without line ends and other control characters, which would make two lines of one or play with a terminal.
    var oneLine: String {
        split { $0.isNewline }.joined(separator: " ").unicodeScalars
            .map { $0.value < 0x20 || $0.value == 0x7F ? "?" : String($0) }.joined()
    }
}
