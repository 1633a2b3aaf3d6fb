/// The query of a request (WHATWG URL, “application/x-www-form-urlencoded parsing”), read field by field. Unknown
/// fields are ignored: front ends add some to bypass caches.
package struct Query: Sendable {
    private let text: String

    /// - Parameter text: percent-encoded, without the `?`.
    package init(_ text: String) {
        self.text = text
    }

    /// The value of a field, as `read` converts the decoded text.
    ///
    /// - Returns: `nil` if the query has no such field.
    /// - Throws: a 400 that names the field if it is repeated, can't be decoded, or `read` rejects its value.
    package func field<Value>(
        _ name: String,
        _ read: (String) throws(InvalidValue) -> Value
    ) throws(Problem) -> Value? {
        do throws(InvalidValue) {
            return try text(of: name).map { (text) throws(InvalidValue) in try read(text) }
        } catch {
            throw Problem(field: name, reason: error.reason)
        }
    }

    private func text(of name: String) throws(InvalidValue) -> String? {
        guard !text.isEmpty else { return nil }
        var found: Substring?
        for field in text.split(separator: "&") {
            let fieldName = field.prefix { $0 != "=" }
            guard fieldName == name || PercentEncoding.decodedQueryField(fieldName) == name else { continue }
            guard found == nil else { throw InvalidValue("must be given once") }
            found = field[fieldName.endIndex...].dropFirst()
        }
        guard let found else { return nil }
        guard let decoded = PercentEncoding.decodedQueryField(found) else {
            throw InvalidValue("must be percent-encoded UTF-8")
        }
        return decoded
    }
}
