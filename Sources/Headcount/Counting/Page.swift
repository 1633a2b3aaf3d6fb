/// A page of the site: an absolute path of 1 to 512 bytes of UTF-8 without control characters, query, fragment or
/// trailing slash (except for the root).
package struct Page: Sendable {
    package let path: String

    /// The longest path, in bytes of UTF-8.
    static let maximumLength = 512

    /// - Parameter text: a path that is already percent-decoded.
    /// - Throws: ``notAbsolute``, ``controlCharacter`` or ``tooLong``.
    package init(path text: String) throws(InvalidValue) {
        var bytes = Substring(text).utf8
        if let end = bytes.firstIndex(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }) {
            bytes = bytes[..<end]
        }
        guard bytes.first == UInt8(ascii: "/") else { throw Self.notAbsolute }
        guard !Substring(bytes).unicodeScalars.contains(where: Self.isControl) else { throw Self.controlCharacter }
        while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        guard bytes.count <= Self.maximumLength else { throw Self.tooLong }
        self.path = String(Substring(bytes))
    }

    static let notAbsolute = InvalidValue("must be a path that starts with '/'")
    static let controlCharacter = InvalidValue("must not contain control characters")
    static let tooLong = InvalidValue("must be no longer than \(maximumLength) bytes")

    /// Unicode's general category Cc: C0, DEL and C1.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }
}

/// Compared by bytes, as web servers do. Swift's comparison of strings would treat different encodings of an accented
/// letter as equal.
extension Page: Hashable {
    package static func == (left: Page, right: Page) -> Bool {
        left.path.utf8.elementsEqual(right.path.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var path = path
        path.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
