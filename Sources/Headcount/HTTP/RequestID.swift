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

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
