/// Identifies a request, to recognise it when the web server retries it: half of nginx's `$request_id`, which is 16
/// random bytes in hexadecimal.
package struct RequestID: Sendable, Hashable {
    package let bits: UInt64

    package init(bits: UInt64) {
        self.bits = bits
    }

    /// - Returns: `nil` unless the text is 32 hexadecimal digits.
    package init?(_ digits: UnsafeRawBufferPointer) {
        guard digits.count == 32 else { return nil }
        var bits: UInt64 = 0
        for (position, byte) in digits.enumerated() {
            guard let digit = byte.hexadecimalDigitValue else { return nil }
            if position < 16 { bits = bits << 4 | UInt64(digit) }
        }
        self.bits = bits
    }

    /// Combines the id with a path and a query by FNV-1a (Fowler, Noll and Vo), the same in every process. This
    /// distinguishes subrequests (SSI, `mirror`), which have the id of their main request.
    package func combined(with path: String, _ query: String) -> RequestID {
        var hash = bits
        for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* Self.prime }
        hash = (hash ^ UInt64(UInt8(ascii: "?"))) &* Self.prime
        for byte in query.utf8 { hash = (hash ^ UInt64(byte)) &* Self.prime }
        return RequestID(bits: hash)
    }

    private static let prime: UInt64 = 0x100_0000_01B3
}
