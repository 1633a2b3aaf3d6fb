/// Who may read and count across origins: `HEADCOUNT_ALLOWED_ORIGINS` (Fetch, “CORS protocol”).
package enum CORS: Sendable, Equatable {
    /// `*`
    case any
    case only([OriginPattern])

    /// What a request's `Origin` is granted.
    package enum Grant: Sendable, Equatable {
        /// Every origin may read the answer.
        case everyone
        /// This origin may, and a cache must keep the answers apart.
        case origin(Origin)
        /// The request names no origin: nothing to grant, yet another request's answer would differ.
        case unasked
        /// The origin is not on the list: it gets no answer and counts nothing.
        case refused
    }

    package func grant(_ origin: String?) -> Grant {
        guard case .only(let patterns) = self else { return .everyone }
        guard let origin, !origin.isEmpty else { return .unasked }
        guard let origin = Origin(origin), patterns.contains(where: { $0.matches(origin) }) else { return .refused }
        return .origin(origin)
    }
}

extension CORS.Grant {
    /// The fields that carry the grant on every answer, errors included.
    package var fields: [Response.Field] {
        switch self {
        case .everyone: Self.everyoneFields
        case .origin(let origin): [.init("Access-Control-Allow-Origin", origin.description), .init("Vary", "Origin")]
        case .unasked: Self.varyFields
        // What refuses holds nothing to protect, and a developer should be able to read why.
        case .refused: Self.everyoneFields + Self.varyFields
        }
    }

    private static let everyoneFields = [Response.Field("Access-Control-Allow-Origin", "*")]
    private static let varyFields = [Response.Field("Vary", "Origin")]
}
