/// `/headcount-v1.js`: the script for pages that pin it with `integrity`. Nothing has been released, so it is still the
/// same as `/headcount.js`; from the first release on, it is a copy that never changes.
struct FrozenScriptEndpoint: Endpoint {
    static let path = "/headcount-v1.js"
    static let isPublic = true

    init(_ configuration: Configuration) {}

    func job(for request: Request, at now: Moment) -> Job {
        .answer(.script(for: request, cacheControl: "public, max-age=31536000, immutable"))
    }
}
