/// The query of a request (WHATWG URL, “application/x-www-form-urlencoded parsing”), read field by field. Unknown
/// fields are ignored: front ends add some to bypass caches.
struct Query: Sendable {
    private let text: String

    /// - Parameter text: percent-encoded, without the `?`.
    init(_ text: String) {
        self.text = text
    }

    /// The value of a field: the decoded text, converted by `read`.
    ///
    /// - Returns: `nil` if the query has no such field.
    /// - Throws: a 400 that names the field if it is repeated, can't be decoded, or `read` rejects its value.
    func field<Value>(
        _ name: String,
        _ read: (String) throws(InvalidValue) -> Value
    ) throws(Problem) -> Value? {
        try fields(name, atMost: 1, read).first
    }

    /// The values of a field that may be repeated, in order.
    ///
    /// - Throws: a 400 that names the field if there are too many, or as ``field(_:_:)``.
    func fields<Value>(
        _ name: String,
        atMost limit: Int,
        _ read: (String) throws(InvalidValue) -> Value
    ) throws(Problem) -> [Value] {
        guard !text.isEmpty else { return [] }
        var values: [Value] = []
        do throws(InvalidValue) {
            for field in text.split(separator: "&") {
                let fieldName = field.prefix { $0 != "=" }
                guard fieldName == name || PercentEncoding.decodedQueryField(fieldName) == name else { continue }
                guard values.count < limit else {
                    throw InvalidValue(limit == 1 ? "must be given once" : "must be given at most \(limit) times")
                }
                guard let value = PercentEncoding.decodedQueryField(field[fieldName.endIndex...].dropFirst()) else {
                    throw InvalidValue("must be percent-encoded UTF-8")
                }
                values.append(try read(value))
            }
        } catch {
            throw Problem(field: name, reason: error.reason)
        }
        return values
    }
}
