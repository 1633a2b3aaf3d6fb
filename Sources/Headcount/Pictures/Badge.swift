/// A number with a label, as a self-contained SVG picture (SVG 2): without fonts, scripts or references.
struct Badge: Sendable {
    let label: Label
    let value: String
    let color: Color

    /// The SVG document.
    var svg: String {
        let name = Markup.escaped(label.text.isEmpty ? value : "\(label.text): \(value)")
        let labelWidth = label.text.isEmpty ? 0 : Part.width(of: label.text)
        let width = labelWidth + Part.width(of: value)
        var svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(Part.height)\""
        svg += " role=\"img\" aria-label=\"\(name)\"><title>\(name)</title>"
        let left = Part(text: label.text, x: 0, width: labelWidth, isFirst: true, isLast: false)
        let right = Part(text: value, x: labelWidth, width: width - labelWidth, isFirst: labelWidth == 0, isLast: true)
        if labelWidth > 0 {
            svg += "<style>.headcount-label{fill:\(Self.labelColor.hexadecimal)}"
            svg +=
                "@media(prefers-color-scheme:dark){.headcount-label{fill:\(Self.darkLabelColor.hexadecimal)}}</style>"
            svg += "<path class=\"headcount-label\" d=\"\(left.outline)\"/>"
        }
        svg += "<path fill=\"\(color.hexadecimal)\" d=\"\(right.outline)\"/>"
        svg += "<g font-family=\"DejaVu Sans,Verdana,Geneva,sans-serif\" font-size=\"\(Part.fontSize)\""
        svg += " text-anchor=\"middle\" xml:space=\"preserve\" aria-hidden=\"true\">"
        if labelWidth > 0 { svg += left.element(Color.white) }
        svg += right.element(color.text)
        return svg + "</g></svg>"
    }

    /// The background of the white label, in light mode and in dark mode.
    static let labelColor = Color(red: 0x55, green: 0x55, blue: 0x55)
    static let darkLabelColor = Color(red: 0x4B, green: 0x55, blue: 0x63)

    /// The label or the number with its background; lengths are in pixels.
    private struct Part {
        var text: String
        var x: Int
        var width: Int
        var isFirst: Bool
        var isLast: Bool

        static let height = 20
        static let fontSize = 11
        private static let padding = 6
        private static let baseline = 14
        private static let radius = 3

        /// At least 0.3 em plus the padding, so that a lone combining mark is visible, too.
        static func width(of text: String) -> Int {
            Int((max(GlyphWidths.width(of: text), 0.3) * Double(fontSize)).rounded(.up)) + 2 * padding
        }

        /// The path of the background, clockwise from the top left. Outer corners are round.
        var outline: String {
            let left = isFirst ? Self.radius : 0
            let right = isLast ? Self.radius : 0
            let corner = { (size: Int, end: String) in size > 0 ? "a\(size) \(size) 0 0 1 \(end)" : "" }
            return "M\(x + left) 0h\(width - left - right)\(corner(right, "\(right) \(right)"))"
                + "v\(Self.height - 2 * right)\(corner(right, "-\(right) \(right)"))"
                + "H\(x + left)\(corner(left, "-\(left) -\(left)"))v-\(Self.height - 2 * left)"
                + "\(corner(left, "\(left) -\(left)"))z"
        }

        /// The text, stretched to the computed width, since the viewer's font may differ.
        func element(_ color: Color) -> String {
            let length = width - 2 * Self.padding
            return "<text x=\"\(x + width / 2)\(width.isMultiple(of: 2) ? "" : ".5")\" y=\"\(Self.baseline)\""
                + " fill=\"\(color.hexadecimal)\" textLength=\"\(length)\" lengthAdjust=\"spacingAndGlyphs\">"
                + "\(Markup.escaped(text))</text>"
        }
    }
}

extension Badge {
    /// The text before the number: at most 64 visible Unicode scalars, possibly none.
    struct Label: Sendable, Equatable {
        let text: String

        /// - Throws: if the text is too long or contains invisible characters.
        init(_ text: String) throws(InvalidValue) {
            guard text.unicodeScalars.count <= Self.maximumLength else {
                throw InvalidValue("must be no longer than \(Self.maximumLength) code points")
            }
            guard Self.isVisible(text) else {
                throw InvalidValue("must not contain control or invisible characters")
            }
            self.text = text
        }

        private init(known text: String) {
            self.text = text
        }

        static let maximumLength = 64
        static let visits = Label(known: "visits")
        static let visitors = Label(known: "visitors")

        private static func isVisible(_ text: String) -> Bool {
            var rest = text.unicodeScalars[...]
            while let scalar = rest.first {
                let flag = flags.first { rest.starts(with: $0) }
                guard flag != nil || isAllowed(scalar) else { return false }
                rest.removeFirst(flag?.count ?? 1)
            }
            return true
        }

        /// England, Scotland and Wales: a black flag, and tags that spell the region and are invisible elsewhere
        /// (UTS #51, “Emoji Tag Sequence”).
        private static let flags: [[Unicode.Scalar]] = ["gbeng", "gbsct", "gbwls"].map { region in
            ["\u{1F3F4}"] + region.unicodeScalars.compactMap { Unicode.Scalar(0xE0000 + $0.value) } + ["\u{E007F}"]
        }

        /// Excludes control and format characters, which could reverse the number (UAX #9), invisible characters (UAX
        /// #44, Default_Ignorable_Code_Point), and characters that XML forbids (XML 1.0 §2.2). Allows joiners and
        /// variation selectors, which shape letters and emoji.
        private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.value {
            case 0x200C, 0x200D: return true
            case 0xFFFE, 0xFFFF: return false
            default: break
            }
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: return false
            case .nonspacingMark: return true
            default: return !scalar.properties.isDefaultIgnorableCodePoint
            }
        }
    }
}
