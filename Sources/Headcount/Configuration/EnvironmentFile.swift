/// A file of `NAME=value` lines, parsed like systemd's `EnvironmentFile=` (systemd.exec(5)), so that the command sees
/// the same settings as the service. `#` and `;` begin a comment, single and double quotes enclose a value, and a
/// backslash escapes a character or, at the end of a line, continues the line.
enum EnvironmentFile {
    /// A line that is neither a setting, a comment nor empty.
    struct Malformed: Error, Equatable, Sendable {
        /// The line number, counted from 1.
        var line: Int
    }

    static func parse(_ text: String) throws(Malformed) -> [String: String] {
        var settings: [String: String] = [:]
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .enumerated().makeIterator()
        while let (index, line) = lines.next() {
            let line = line.trimmingASCIIWhitespace()
            guard let first = line.first, first != "#", first != ";" else { continue }
            guard let equals = line.firstIndex(of: "=") else { throw Malformed(line: index + 1) }
            let name = line[..<equals].trimmingASCIIWhitespace()
            guard isName(name) else { throw Malformed(line: index + 1) }
            var value = Value()
            value.read(line[line.index(after: equals)...].trimmingASCIIWhitespace())
            while value.isOpen, let (_, next) = lines.next() { value.read(next) }
            guard !value.isOpen else { throw Malformed(line: index + 1) }
            settings[String(name)] = value.text
        }
        return settings
    }

    private static func isName(_ text: Substring) -> Bool {
        text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") } && text.first?.isNumber == false
    }

    /// A value, read from one or more lines.
    private struct Value {
        private(set) var text = ""
        private var quote: Character?
        private var isContinued = false

        /// Whether an open quote or a trailing backslash continues the value on the next line.
        var isOpen: Bool { quote != nil || isContinued }

        mutating func read(_ line: Substring) {
            if quote != nil, !isContinued { text.append("\n") }
            isContinued = false
            var rest = line
            while let character = rest.popFirst() {
                switch (character, quote) {
                case ("\\", nil), ("\\", "\""):
                    guard let escaped = rest.popFirst() else {
                        isContinued = true
                        return
                    }
                    // In double quotes, a backslash escapes only these characters, and is literal before others.
                    if quote != nil, !"\"\\`$".contains(escaped) { text.append("\\") }
                    text.append(escaped)
                case ("'", nil), ("\"", nil):
                    quote = character
                case (_, character):
                    quote = nil
                default:
                    text.append(character)
                }
            }
        }
    }
}
