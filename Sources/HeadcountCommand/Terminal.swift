import CCommand
import Glibc
import Headcount

/// Standard input, output and error, which may be a terminal.
enum Terminal {
    static let showsOutput = isatty(STDOUT_FILENO) == 1
    static let showsErrors = isatty(STDERR_FILENO) == 1

    /// Whether to print colours (no-color.org).
    static var hasColour: Bool {
        let environment = Configuration.environment
        return showsOutput && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    /// In characters; 80 if the output is not a terminal.
    static var width: Int {
        var size = winsize()
        guard showsOutput, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes buffered output.
    ///
    /// - Throws: when it can't be written.
    static func flushOutput() throws(Failure) {
        guard flush_stdout() == 0 else { throw .ofSystem("standard output", EX_IOERR) }
    }

    /// Writes to standard error.
    static func printError(_ text: String) {
        _ = writeAll(text, to: STDERR_FILENO)
    }

    /// Asks for confirmation of a change that can't be undone.
    ///
    /// - Throws: when the answer is no, or stdin is not a terminal.
    static func ask(_ question: String) throws(Failure) {
        guard isatty(STDIN_FILENO) == 1 else {
            throw Failure("stdin is not a terminal; pass --yes to confirm", EX_USAGE)
        }
        // The lines before the question may still be buffered.
        try flushOutput()
        printError("\(question) [y/N] ")
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
            throw Failure("nothing was changed", EXIT_FAILURE)
        }
    }
}

extension String {
    /// Replaces line breaks, control characters and invisible characters, which could fake a second line, control the
    /// terminal, or reverse the text after them (Unicode Technical Report 36, §2.5 “Bidirectional Text Spoofing”).
    var oneLine: String {
        split { $0.isNewline }.joined(separator: " ").unicodeScalars
            .map { [.control, .format].contains($0.properties.generalCategory) ? "?" : String($0) }.joined()
    }
}
