import CCommand
import Foundation

/// Where text goes, and whether a person looks at it.
struct Terminal: Sendable {
    let descriptor: CInt
    let isInteractive: Bool

    static let output = Terminal(STDOUT_FILENO)
    static let error = Terminal(STDERR_FILENO)

    init(_ descriptor: CInt) {
        self.descriptor = descriptor
        isInteractive = isatty(descriptor) == 1
    }

    /// Whether colours are welcome (no-color.org).
    var hasColour: Bool {
        let environment = ProcessInfo.processInfo.environment
        return isInteractive && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    /// In characters; 80 if nobody looks.
    var width: Int {
        var size = winsize()
        guard isInteractive, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes out what was printed.
    ///
    /// - Throws: when some of it is lost.
    static func flushOutput() throws(Failure) {
        errno = 0
        guard flush_stdout() == 0 else {
            let reason = errno == 0 ? "it can't be written" : String(cString: strerror(errno))
            throw Failure("standard output: \(reason)", EX_IOERR)
        }
    }

    func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard written > 0 || errno == EINTR else { return }
            bytes = bytes.dropFirst(max(0, written))
        }
    }
}
