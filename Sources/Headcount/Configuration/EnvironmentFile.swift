/// A file of `NAME=value` lines, as systemd reads it for the unit (systemd.exec(5), “EnvironmentFile=”), so that the
/// command sees what the service sees: `#` and `;` begin a comment, a value may stand in single or double quotes, a
/// backslash escapes and, at the end of a line, continues it.
package enum EnvironmentFile {
    /// A line that is neither a setting, a comment nor empty.
    package struct Malformed: Error, Equatable, Sendable {
        /// Counted from 1.
        package var line: Int

        package init(line: Int) {
            self.line = line
        }
    }

    package static func parse(_ text: String) throws(Malformed) -> [String: String] {
        var settings: [String: String] = [:]
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: isLineEnd).enumerated().makeIterator()
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

    /// To Swift, a carriage return and a line feed are one character.
    private static func isLineEnd(_ character: Character) -> Bool {
        character == "\n" || character == "\r\n"
    }

    private static func isName(_ text: Substring) -> Bool {
        text.utf8.allSatisfy {
            ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5F
        } && text.first.map { !$0.isNumber } ?? false
    }

    /// A value as it grows over one or more lines.
    private struct Value {
        private(set) var text = ""
        private var quote: Character?
        private var isContinued = false

        /// Whether a quote or a backslash at the end of the line asks for the next one.
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
                    // Inside double quotes a backslash stays unless it escapes what is special there.
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
