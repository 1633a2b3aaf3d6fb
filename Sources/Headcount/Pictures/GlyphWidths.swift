/// How wide text is in DejaVu Sans, whose metrics are those of Bitstream Vera and much like Verdana's. Other fonts are
/// stretched to it by the picture.
enum GlyphWidths {
    /// In em.
    static func width(of text: some StringProtocol) -> Double {
        Double(text.unicodeScalars.reduce(0) { $0 + width(of: $1) }) / 2048
    }

    /// In 1/2048 em.
    private static func width(of scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0x20...0x7E: latin1[Int(scalar.value) - 0x20]
        case 0xA0...0xFF: latin1[Int(scalar.value) - 0xA0 + 0x5F]
        case 0x1100...0x11FF, 0x2E80...0xD7A3, 0xF900...0xFAFF, 0xFF00...0xFF60, 0x1F000...0x3FFFF: wide
        default: scalar.properties.isDrawnOverOthers ? 0 : average
        }
    }

    /// East Asian characters and emoji fill a square.
    private static let wide = 2048
    /// Of the letters.
    private static let average = 1300

    /// The advance widths of U+0020 to U+007E and U+00A0 to U+00FF; `scripts/glyph-widths.py` reads them from the font.
    private static let latin1 = [
        651, 821, 942, 1716, 1303, 1946, 1597, 563, 799, 799, 1024, 1716, 651, 739, 651, 690, 1303, 1303, 1303,
        1303, 1303, 1303, 1303, 1303, 1303, 1303, 690, 690, 1716, 1716, 1716, 1087, 2048, 1401, 1405, 1430, 1577,
        1294, 1178, 1587, 1540, 604, 604, 1343, 1141, 1767, 1532, 1612, 1235, 1612, 1423, 1300, 1251, 1499, 1401,
        2025, 1403, 1251, 1403, 799, 690, 799, 1716, 1024, 1024, 1255, 1300, 1126, 1300, 1260, 721, 1300, 1298,
        569, 569, 1186, 569, 1995, 1298, 1253, 1300, 1300, 842, 1067, 803, 1298, 1212, 1675, 1212, 1212, 1075,
        1303, 690, 1303, 1716, 651, 821, 1303, 1303, 1303, 1303, 690, 1024, 1024, 2048, 965, 1253, 1716, 739, 2048,
        1024, 1024, 1716, 821, 821, 1024, 1303, 1303, 651, 1024, 821, 965, 1253, 1985, 1985, 1985, 1087, 1401,
        1401, 1401, 1401, 1401, 1401, 1995, 1430, 1294, 1294, 1294, 1294, 604, 604, 604, 604, 1587, 1532, 1612,
        1612, 1612, 1612, 1612, 1716, 1612, 1499, 1499, 1499, 1499, 1251, 1239, 1290, 1255, 1255, 1255, 1255, 1255,
        1255, 2011, 1126, 1260, 1260, 1260, 1260, 569, 569, 569, 569, 1253, 1298, 1253, 1253, 1253, 1253, 1253,
        1716, 1253, 1298, 1298, 1298, 1298, 1212, 1300, 1212,
    ]
}

extension Unicode.Scalar.Properties {
    fileprivate var isDrawnOverOthers: Bool {
        switch generalCategory {
        case .nonspacingMark, .enclosingMark, .format: true
        default: false
        }
    }
}
