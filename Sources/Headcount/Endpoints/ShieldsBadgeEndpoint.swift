/// `/headcount/badge.json`: a number without counting, as shields.io's endpoint badge reads it
/// (<https://shields.io/badges/endpoint-badge>). shields.io refuses unknown keys.
struct ShieldsBadgeEndpoint: Endpoint {
    static let path = "/headcount/badge.json"

    init(_ configuration: Configuration) {}

    func job(for request: Request, at now: Moment) throws(Problem) -> Job {
        try .badge(request) { .json($0.shieldsJSON) }
    }
}

extension Badge {
    /// `cacheSeconds` is in seconds; shields.io ignores less than 300.
    fileprivate var shieldsJSON: String {
        "{\"schemaVersion\":1,\"label\":\(JSON.string(label.text)),\"message\":\(JSON.string(value))"
            + ",\"color\":\"\(color.hexadecimal.dropFirst())\",\"cacheSeconds\":300}"
    }
}
