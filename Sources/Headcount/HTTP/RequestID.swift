/// By what a web server tells its requests apart, so that one it sends twice is known again: nginx's `$request_id`,
/// sixteen random bytes in hexadecimal. Of them the first eight are kept, far more than a few batches need.
package struct RequestID: Sendable, Hashable {
    package let bits: UInt64

    package init(bits: UInt64) {
        self.bits = bits
    }

    /// - Returns: `nil` for anything but 32 hexadecimal digits.
    package init?(_ text: String) {
        guard text.utf8.count == 32, text.utf8.allSatisfy(Self.isDigit), let high = UInt64(text.prefix(16), radix: 16)
        else { return nil }
        bits = high
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

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
