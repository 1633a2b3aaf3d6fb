/// Percent-encoding (RFC 3986 §2.1) as queries and paths use it.
package enum PercentEncoding {
    /// Decodes a query field once, with `+` as a space (WHATWG URL, “application/x-www-form-urlencoded parsing”).
    ///
    /// - Returns: `nil` for a `%` without two hexadecimal digits, or bytes that are not UTF-8.
    static func decodedQueryField(_ text: Substring) -> String? {
        decoded(text, plus: UInt8(ascii: " "))
    }

    /// Decodes a path as a browser's `decodeURI` does (ECMA-262, “decodeURI”), and so as headcount.js names a page: the
    /// escapes of `;/?:@&=+$,#` stay as they are written.
    ///
    /// - Returns: the text unchanged where `decodeURI` throws: for a `%` without two hexadecimal digits, or bytes that are
    ///   not UTF-8.
    package static func decodedURI(_ text: String) -> String {
        decoded(text[...], plus: UInt8(ascii: "+"), keeping: reserved) ?? text
    }

    private static let reserved = Array(";/?:@&=+$,#".utf8)

    /// - Parameter kept: the bytes whose escapes are not decoded.
    private static func decoded(_ text: Substring, plus: UInt8, keeping kept: [UInt8] = []) -> String? {
        let encoded = text.utf8
        var decoded: [UInt8] = []
        decoded.reserveCapacity(encoded.count)
        var position = encoded.startIndex
        while position < encoded.endIndex {
            let start = position
            let byte = encoded[position]
            encoded.formIndex(after: &position)
            switch byte {
            case UInt8(ascii: "+"):
                decoded.append(plus)
            case UInt8(ascii: "%"):
                var value: UInt8 = 0
                for _ in 0..<2 {
                    guard position < encoded.endIndex, let digit = encoded[position].hexadecimalDigitValue else {
                        return nil
                    }
                    value = value << 4 | digit
                    encoded.formIndex(after: &position)
                }
                if kept.contains(value) {
                    decoded += encoded[start..<position]
                } else {
                    decoded.append(value)
                }
            default:
                decoded.append(byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    /// Encodes a path as browsers do (WHATWG URL, “path percent-encode set”). Escapes in it stay as they are written. A
    /// backslash, which browsers send as a slash, is encoded as well.
    package static func pathname(_ bytes: [UInt8]) -> String {
        var pathname = ""
        for byte in bytes {
            if (0x21...0x7E).contains(byte), !encodedInPaths.contains(byte) {
                pathname.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                pathname += escape(byte)
            }
        }
        return pathname
    }

    private static let encodedInPaths = Array("\"<>\\^`{}".utf8)

    /// Encodes text for a query, or for a `data:` URL. Only unreserved characters (RFC 3986 §2.3) and `/` remain.
    static func encoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "/"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                encoded += escape(byte)
            }
        }
        return encoded
    }

    /// Percent-encodes the bytes of a URI that are not ASCII, which RFC 3986 §2 forbids. The decoder can thus reject
    /// invalid UTF-8, instead of `String` silently replacing it.
    package static func uri(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
        var uri = ""
        for byte in bytes {
            if byte < 0x80 {
                uri.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                uri += escape(byte)
            }
        }
        return uri
    }

    private static func escape(_ byte: UInt8) -> String {
        (byte < 0x10 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
    }
}
