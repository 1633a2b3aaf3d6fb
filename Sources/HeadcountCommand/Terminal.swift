import CCommand
import Glibc
import Headcount

/// The person at the terminal, if there is one.
enum Terminal {
    static let showsOutput = isatty(STDOUT_FILENO) == 1
    static let showsErrors = isatty(STDERR_FILENO) == 1

    /// Whether colours are welcome (no-color.org).
    static var hasColour: Bool {
        let environment = Configuration.environment
        return showsOutput && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    /// In characters; 80 if nobody looks.
    static var width: Int {
        var size = winsize()
        guard showsOutput, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes out what was printed.
    ///
    /// - Throws: when some of it is lost.
    static func flushOutput() throws(Failure) {
        guard flush_stdout() == 0 else { throw .ofSystem("standard output", EX_IOERR) }
    }

    /// Writes on standard error.
    static func tell(_ text: String) {
        _ = writeAll(text, to: STDERR_FILENO)
    }

    /// Asks before something is done that can't be undone.
    ///
    /// - Throws: when the answer is no, or stdin is not a terminal.
    static func ask(_ question: String) throws(Failure) {
        guard isatty(STDIN_FILENO) == 1 else {
            throw Failure("stdin is not a terminal; pass --yes to do it without asking", EX_USAGE)
        }
        // First what it is about, which waits in a buffer where the output is no terminal.
        try flushOutput()
        tell("\(question) [y/N] ")
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
            throw Failure("nothing was changed", EXIT_FAILURE)
        }
    }
}

/// - Returns: whether all of it was written; `errno` says why not.
func writeAll(_ text: String, to descriptor: CInt) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
        var done = 0
        while done < bytes.count {
            let written = write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            guard written >= 0 || errno == EINTR else { return false }
            done += max(0, written)
        }
        return true
    }
}
