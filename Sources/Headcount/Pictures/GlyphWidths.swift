/// The width of text in DejaVu Sans, which has the metrics of Bitstream Vera, close to Verdana's. The picture stretches
/// its text to this width, whatever font the viewer has.
enum GlyphWidths {
    /// The width in em.
    static func width(of text: some StringProtocol) -> Double {
        Double(text.reduce(0) { $0 + width(of: $1) }) / 2048
    }

    /// The width in 1/2048 em. An emoji is one square, of however many scalars.
    private static func width(of character: Character) -> Int {
        character.isEmoji ? 2048 : character.unicodeScalars.reduce(0) { $0 + width(of: $1) }
    }

    /// The width in 1/2048 em.
    private static func width(of scalar: Unicode.Scalar) -> Int {
        if let index = Int(exactly: scalar.value).map({ $0 - 0x20 }), ascii.indices.contains(index) {
            return ascii[index]
        }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        switch scalar.value {
        // East Asian characters and emoji fill a square.
        case 0x1100...0x11FF, 0x2E80...0xD7A3, 0xF900...0xFAFF, 0xFF00...0xFF60, 0x1F000...0x3FFFF: return 2048
        // The width of an average letter.
        default: return 1300
        }
    }

    /// The advance widths of U+0020 to U+007E, from the font's `hmtx` table.
    private static let ascii = [
        651, 821, 942, 1716, 1303, 1946, 1597, 563, 799, 799, 1024, 1716, 651, 739, 651, 690, 1303, 1303, 1303, 1303,
        1303, 1303, 1303, 1303, 1303, 1303, 690, 690, 1716, 1716, 1716, 1087, 2048, 1401, 1405, 1430, 1577, 1294, 1178,
        1587, 1540, 604, 604, 1343, 1141, 1767, 1532, 1612, 1235, 1612, 1423, 1300, 1251, 1499, 1401, 2025, 1403, 1251,
        1403, 799, 690, 799, 1716, 1024, 1024, 1255, 1300, 1126, 1300, 1260, 721, 1300, 1298, 569, 569, 1186, 569, 1995,
        1298, 1253, 1300, 1300, 842, 1067, 803, 1298, 1212, 1675, 1212, 1212, 1075, 1303, 690, 1303, 1716,
    ]
}

extension Character {
    /// Whether this is drawn as an emoji: by itself, or by U+FE0F (UTS #51, “Emoji Presentation”).
    fileprivate var isEmoji: Bool {
        unicodeScalars.first?.properties.isEmoji == true
            && unicodeScalars.contains { $0.properties.isEmojiPresentation || $0 == "\u{FE0F}" }
    }
}
