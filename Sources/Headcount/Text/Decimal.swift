extension StringProtocol {
    /// Whether all characters are `0` to `9`.
    var isDecimal: Bool { utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } }
}
