/// A page of the site: an absolute path of 1 to 512 bytes of UTF-8 without control characters, query, fragment or
/// trailing slash (but for the root).
package struct Page: Sendable {
    package let path: String

    /// The longest path, in bytes of UTF-8.
    package static let maximumLength = 512

    /// Why a text is no page.
    package enum Refusal: Error, Equatable, Sendable {
        case badEncoding, notAbsolute, controlCharacter, tooLong

        /// One sentence for the person who sent it.
        package var reason: String {
            switch self {
            case .badEncoding: "must be percent-encoded UTF-8"
            case .notAbsolute: "must be a path that starts with '/'"
            case .controlCharacter: "must not contain control characters"
            case .tooLong: "must be no longer than \(Page.maximumLength) bytes"
            }
        }
    }

    /// Takes a path that is already decoded.
    package init(path text: String) throws(Refusal) {
        var bytes = Substring(text).utf8
        if let end = bytes.firstIndex(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }) {
            bytes = bytes[..<end]
        }
        guard bytes.first == UInt8(ascii: "/") else { throw .notAbsolute }
        guard !Substring(bytes).unicodeScalars.contains(where: Self.isControl) else { throw .controlCharacter }
        while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        guard bytes.count <= Self.maximumLength else { throw .tooLong }
        self.path = String(Substring(bytes))
    }

    /// Unicode's general category Cc: C0, DEL and C1.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }

    /// Takes the value of a query's field, percent-encoded.
    package init(queryField: Substring) throws(Refusal) {
        guard let path = PercentEncoding.decodedQueryField(queryField) else { throw .badEncoding }
        try self.init(path: path)
    }
}

/// Two pages are the same when their bytes are, as for every web server; Swift's own comparison of strings would take
/// two spellings of one accented letter for the same.
extension Page: Hashable {
    package static func == (left: Page, right: Page) -> Bool {
        left.path.utf8.elementsEqual(right.path.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var path = path
        path.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
