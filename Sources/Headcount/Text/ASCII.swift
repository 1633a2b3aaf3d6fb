extension StringProtocol {
    /// Whether all characters are `0` to `9`.
    var isDecimal: Bool { utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } }
}

extension Substring {
    /// The text without spaces and tabs at both ends.
    func trimmingASCIIWhitespace() -> Substring {
        var trimmed = drop { $0 == " " || $0 == "\t" }
        while trimmed.last == " " || trimmed.last == "\t" { trimmed.removeLast() }
        return trimmed
    }
}
