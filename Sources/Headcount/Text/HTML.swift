/// HTML that is written as string literals. Interpolated text is escaped, numbers are grouped, and `HTML` is kept.
///
/// ```swift
/// let item: HTML = "<li>\(page.path)"
/// let list: HTML = "<ul>\(items)</ul>"
/// ```
struct HTML: ExpressibleByStringInterpolation {
    var text: String

    init(stringLiteral text: String) { self.text = text }

    init(stringInterpolation parts: StringInterpolation) { text = parts.text }

    struct StringInterpolation: StringInterpolationProtocol {
        var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(2 * literalCapacity) }

        mutating func appendLiteral(_ literal: String) { text += literal }

        mutating func appendInterpolation(_ value: String) { text += Markup.escaped(value) }

        mutating func appendInterpolation(_ number: Int) { text += number.grouped }

        mutating func appendInterpolation(_ html: HTML?) { text += html?.text ?? "" }

        mutating func appendInterpolation(_ list: [HTML]) { for html in list { text += html.text } }
    }
}

enum Markup {
    /// Escapes text or the value of an attribute, for HTML and XML (XML 1.0 §2.4).
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
