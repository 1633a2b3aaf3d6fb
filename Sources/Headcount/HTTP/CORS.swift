/// The origins whose pages may use the counter: `HEADCOUNT_ALLOWED_ORIGINS` (Fetch, “CORS protocol”).
enum CORS: Sendable, Equatable {
    /// `*`
    case any
    case only([OriginPattern])

    /// Whether a request may be served, because its origin is allowed or it has none.
    ///
    /// - Parameter origin: the value of `Origin`.
    func admits(_ origin: String?) -> Bool {
        guard case .only(let patterns) = self, let origin, !origin.isEmpty else { return true }
        guard let origin = Origin(origin) else { return false }
        return patterns.contains { $0.matches(origin) }
    }

    /// The header fields for every response, including errors.
    ///
    /// - Parameter origin: the value of the request's `Origin`.
    func fields(for origin: String?) -> [Response.Field] {
        guard self != .any else { return Self.anyFields }
        guard let origin, !origin.isEmpty else { return Self.varyFields }
        // Every origin may read a refusal, so that the developer of the page sees the reason.
        guard admits(origin), let origin = Origin(origin) else { return Self.anyFields + Self.varyFields }
        return [.init("Access-Control-Allow-Origin", "\(origin)")] + Self.varyFields
    }

    private static let anyFields = [Response.Field("Access-Control-Allow-Origin", "*")]
    private static let varyFields = [Response.Field("Vary", "Origin")]
}

extension CORS: CustomStringConvertible {
    /// The origins as written in the setting.
    var description: String {
        switch self {
        case .any: "*"
        case .only(let patterns): patterns.map(\.description).joined(separator: ",")
        }
    }
}
