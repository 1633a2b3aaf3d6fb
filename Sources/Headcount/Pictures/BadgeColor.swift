import Glibc

extension Badge {
    /// The background colour of the number (sRGB).
    struct Color: Sendable, Equatable {
        private let red: UInt8
        private let green: UInt8
        private let blue: UInt8

        init(red: UInt8, green: UInt8, blue: UInt8) {
            self.red = red
            self.green = green
            self.blue = blue
        }

        /// - Parameter text: a name, or three or six hexadecimal digits with or without a `#` before them, as in CSS.
        init?(_ text: String) {
            let text = text.lowercased()
            if let named = Self.named[text] {
                self = named
                return
            }
            let digits = (text.hasPrefix("#") ? text.dropFirst() : text[...]).utf8.map(\.hexadecimalDigitValue)
            let values = digits.compactMap { $0 }
            guard values.count == digits.count else { return nil }
            switch values.count {
            case 3: self.init(red: values[0] * 17, green: values[1] * 17, blue: values[2] * 17)
            case 6:
                self.init(
                    red: values[0] << 4 | values[1],
                    green: values[2] << 4 | values[3],
                    blue: values[4] << 4 | values[5]
                )
            default: return nil
            }
        }

        static let `default` = Color(red: 0x1D, green: 0x63, blue: 0xC4)

        private static let named: [String: Color] = [
            "blue": .default,
            "green": Color(red: 0x2B, green: 0x7A, blue: 0x34),
            "teal": Color(red: 0x0F, green: 0x76, blue: 0x6E),
            "purple": Color(red: 0x7A, green: 0x3E, blue: 0xB1),
            "pink": Color(red: 0xC2, green: 0x2E, blue: 0x7B),
            "red": Color(red: 0xC2, green: 0x2B, blue: 0x2B),
            "orange": Color(red: 0xE8, green: 0x7A, blue: 0x1D),
            "yellow": Color(red: 0xE3, green: 0xB3, blue: 0x1B),
            "grey": Color(red: 0x6B, green: 0x72, blue: 0x80),
            "gray": Color(red: 0x6B, green: 0x72, blue: 0x80),
            "black": Color(red: 0x1B, green: 0x1B, blue: 0x1B),
        ]

        /// The allowed texts, worded to follow the name of the field.
        static var allowed: String {
            "must be three or six hexadecimal digits, or one of " + named.keys.sorted().joined(separator: ", ")
        }

        /// `#rrggbb`
        var hexadecimal: String { "#" + [red, green, blue].hexadecimal }

        /// The colour for text on this one: black or white, whichever has the higher contrast, which is at least 4.5.
        var text: Color { contrast(with: .white) >= contrast(with: .black) ? .white : .black }

        static let white = Color(red: 255, green: 255, blue: 255)
        static let black = Color(red: 0, green: 0, blue: 0)

        /// The contrast ratio, from 1 to 21 (WCAG 2.2, “contrast ratio”).
        func contrast(with other: Color) -> Double {
            let luminances = [luminance, other.luminance]
            return ((luminances.max() ?? 0) + 0.05) / ((luminances.min() ?? 0) + 0.05)
        }

        /// The relative luminance (WCAG 2.2, “relative luminance”).
        private var luminance: Double {
            0.2126 * Self.linear(red) + 0.7152 * Self.linear(green) + 0.0722 * Self.linear(blue)
        }

        private static func linear(_ channel: UInt8) -> Double {
            let value = Double(channel) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
    }
}
