import Testing

@testable import Headcount

@Suite("A badge")
struct BadgeTests {
    private func badge(_ label: String, _ value: String = "1,234") throws -> String {
        Badge(label: try .init(label), value: value, color: .default).svg
    }

    private func width(_ svg: String) throws -> Int {
        let digits = try #require(svg.firstRange(of: "width=\"")).upperBound
        return try #require(Int(svg[digits...].prefix { $0 != "\"" }))
    }

    @Test(
        "escapes its label in its accessible name and in its text",
        arguments: [
            ("visits", "visits"), ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\" onload=\"x", "&quot; onload=&quot;x"), ("'", "&#39;"), ("]]>", "]]&gt;"), ("&amp;", "&amp;amp;"),
            ("<!--", "&lt;!--"), ("שלום", "שלום"), ("👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"), (" ", " "),
        ]
    )
    func escapes(_ label: String, _ escaped: String) throws {
        let svg = try badge(label)
        #expect(svg.contains(" aria-label=\"\(escaped): 1,234\"><title>\(escaped): 1,234</title>"))
        #expect(svg.contains(">\(escaped)</text>"))
        #expect(svg.contains(">1,234</text>"))
        #expect(!svg.contains("<script") && !svg.contains("onload=\""))
    }

    @Test("without a label shows only the number")
    func noLabel() throws {
        let svg = try badge("")
        #expect(svg.contains(" aria-label=\"1,234\"><title>1,234</title>"))
        #expect(svg.split(separator: "<text").count == 2)
        #expect(!svg.contains("headcount-label"))
    }

    @Test("is as wide as its glyphs, plus twelve pixels for each part")
    func widths() throws {
        // DejaVu Sans: "i" is 569, "W" 2025, a digit 1303 of 2048 em wide.
        #expect(try width(badge("", "1")) == 12 + 7)
        #expect(try width(badge("iiii", "1")) == 12 + 13 + 12 + 7)
        #expect(try width(badge("WWWW", "1")) == 12 + 44 + 12 + 7)
        #expect(try width(badge("訪問", "1")) == 12 + 22 + 12 + 7)
        #expect(try width(badge("e\u{301}", "1")) == width(badge("e", "1")))
        // Other letters are assumed to be 1300 wide.
        #expect(try width(badge("Щіλ…", "1")) == 12 + 28 + 12 + 7)
        #expect(try width(badge("\u{301}", "1")) == 12 + 4 + 12 + 7, "even a lone combining mark is visible")
    }

    private static let england = "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}"

    @Test(
        "is one square wide for an emoji of several code points",
        arguments: ["👍", "👍🏽", "👨‍👩‍👧‍👦", "❤️", "❤️‍🔥", "☀️", "🇩🇪", "1️⃣", england]
    )
    func emoji(_ label: String) throws {
        #expect(try width(badge(label, "1")) == 12 + 11 + 12 + 7)
        #expect(try width(badge(label + label, "1")) == 12 + 22 + 12 + 7)
    }

    @Test("refuses invisible tags outside of a flag")
    func tags() {
        let tags = Self.england.unicodeScalars
        for scalars in [tags.dropFirst(), tags.dropLast(), tags.prefix(4) + tags.suffix(1), tags + tags.suffix(1)] {
            #expect(throws: InvalidValue.self) { try Badge.Label(String(scalars)) }
        }
        #expect(throws: InvalidValue.self) { try Badge.Label("a" + String(tags.dropFirst())) }
    }

    @Test(
        "refuses invisible and control characters in a label",
        arguments: [
            // Control characters, direction marks, invisible characters, and what XML forbids.
            0x00, 0x0A, 0x7F, 0x9F, 0x061C, 0x200E, 0x2028, 0x202E, 0x2066, 0x00AD, 0x200B, 0x2060, 0x3164, 0xFEFF,
            0xE0041, 0xFFFE, 0xFFFF,
        ]
    )
    func refuses(_ scalar: UInt32) throws {
        let label = String(String.UnicodeScalarView([try #require(Unicode.Scalar(scalar))]))
        #expect(throws: InvalidValue.self) { try Badge.Label(label) }
        #expect(throws: InvalidValue.self) { try Badge.Label("a" + label + "b") }
    }

    @Test(
        "accepts the neighbouring characters, flags, and 64 code points",
        arguments: [
            "\u{20}", "\u{7E}", "\u{A0}", "\u{2027}", "\u{202F}", "\u{FFFD}", "م\u{200C}ن", "☀\u{FE0F}", "👩‍👧",
            "🏴", england + england + "x", String(repeating: "é", count: 64),
        ]
    )
    func accepts(_ label: String) throws {
        #expect(try Badge.Label(label).text == label)
    }

    @Test("refuses a label of 65 code points")
    func tooLong() {
        #expect(throws: InvalidValue.self) { try Badge.Label(String(repeating: "x", count: 65)) }
    }

    @Test(
        "reads a colour by its name or hexadecimal digits",
        arguments: [
            ("fff", "#ffffff"), ("#1aF", "#11aaff"), ("0a0B0c", "#0a0b0c"), ("Blue", "#1d63c4"), ("GRAY", "#6b7280"),
        ]
    )
    func colors(_ text: String, _ hexadecimal: String) throws {
        #expect(try #require(Badge.Color(text)).hexadecimal == hexadecimal)
    }

    @Test(
        "refuses an unknown colour",
        arguments: ["", "#", "ff", "ffff", "fffff", "#fffffff", "ggg", "url(#x)", "fff;x", "##fff", "red;", "１２３"]
    )
    func unknownColor(_ text: String) {
        #expect(Badge.Color(text) == nil)
    }

    @Test("is readable on every colour, and its label in both themes")
    func contrast() throws {
        for red in stride(from: UInt8(0), through: 255, by: 15) {
            for green in stride(from: UInt8(0), through: 255, by: 15) {
                for blue in stride(from: UInt8(0), through: 255, by: 15) {
                    let color = Badge.Color(red: red, green: green, blue: blue)
                    #expect(color.contrast(with: color.text) >= 4.5)
                }
            }
        }
        #expect(Badge.Color.black.contrast(with: .white) == 21)
        #expect(Badge.labelColor.contrast(with: .white) >= 4.5)
        #expect(Badge.darkLabelColor.contrast(with: .white) >= 4.5)
    }
}
