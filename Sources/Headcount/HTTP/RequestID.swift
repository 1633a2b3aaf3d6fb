/// Identifies a request, so that one that the web server sends twice is recognised: half of nginx's `$request_id`, which is
/// 16 random bytes in hexadecimal.
package struct RequestID: Sendable, Hashable {
    package let bits: UInt64

    package init(bits: UInt64) {
        self.bits = bits
    }

    /// - Returns: `nil` for anything but 32 hexadecimal digits.
    package init?(_ digits: UnsafeRawBufferPointer) {
        guard digits.count == 32 else { return nil }
        var bits: UInt64 = 0
        for (position, byte) in digits.enumerated() {
            guard let digit = byte.hexadecimalDigitValue else { return nil }
            if position < 16 { bits = bits << 4 | UInt64(digit) }
        }
        self.bits = bits
    }

    /// Distinguishes the subrequests of a web server, which have the id of their main request (SSI, `mirror`).
    ///
    /// FNV-1a (Fowler, Noll and Vo), the same in every process.
    package func combined(with path: String, _ query: String) -> RequestID {
        var hash = bits
        for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* Self.prime }
        hash = (hash ^ UInt64(UInt8(ascii: "?"))) &* Self.prime
        for byte in query.utf8 { hash = (hash ^ UInt64(byte)) &* Self.prime }
        return RequestID(bits: hash)
    }

    private static let prime: UInt64 = 0x100_0000_01B3
}
