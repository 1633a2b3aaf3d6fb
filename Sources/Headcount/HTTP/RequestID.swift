/// By what a web server tells its requests apart, so that one it sends twice is known again: nginx's `$request_id`,
/// sixteen random bytes in hexadecimal. Of them the first eight are kept, far more than a few batches need.
package struct RequestID: Sendable, Hashable {
    package let bits: UInt64

    package init(bits: UInt64) {
        self.bits = bits
    }

    /// - Parameter digits: ended by a zero.
    /// - Returns: `nil` for anything but 32 hexadecimal digits, in small letters.
    package init?(cString digits: UnsafePointer<CChar>) {
        var bits: UInt64 = 0
        for position in 0..<32 {
            guard let digit = Self.value(UInt8(bitPattern: digits[position])) else { return nil }
            if position < 16 { bits = bits << 4 | digit }
        }
        guard digits[32] == 0 else { return nil }
        self.bits = bits
    }

    /// For a web server's subrequests, which have the name of their main request: SSI's, or those of a mirror.
    ///
    /// FNV-1a (Fowler, Noll and Vo), the same in every process.
    package func asking(_ path: String, _ query: String) -> RequestID {
        var hash = bits
        for bytes in [path.utf8, "?".utf8, query.utf8] {
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        }
        return RequestID(bits: hash)
    }

    private static func value(_ digit: UInt8) -> UInt64? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(digit - UInt8(ascii: "a") + 10)
        default: nil
        }
    }
}
