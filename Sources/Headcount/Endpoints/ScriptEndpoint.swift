import Crypto
import FoundationEssentials

/// `/headcount.js`: the script for pages.
struct ScriptEndpoint: Endpoint {
    static let path = "/headcount.js"
    static let isPublic = true

    /// For the `integrity` attribute of a page that loads the script (Subresource Integrity).
    static let integrity = "sha384-" + Data(digest).base64EncodedString()

    fileprivate static let text = String(decoding: PackageResources.headcount_js, as: UTF8.self)
    private static let digest = SHA384.hash(data: Data(text.utf8))
    fileprivate static let tag = digest.prefix(8).hexadecimal

    init(_ configuration: Configuration) {}

    func job(for request: Request, at now: Moment) -> Job {
        .answer(.script(for: request, cacheControl: "max-age=86400"))
    }
}

extension Response {
    /// The script, or a 304 for a client that has it. Both are the same for everybody: with `integrity`, a page of any
    /// origin loads the script by CORS.
    static func script(for request: Request, cacheControl: String) -> Response {
        let tag = ScriptEndpoint.tag
        // The weak comparison of RFC 9110 §13.1.2. A web server that compresses changes the tag: nginx to W/"tag", Apache
        // to "tag-gzip".
        let isNotModified = request.ifNoneMatch == "*" || request.ifNoneMatch.contains(tag)
        var response = Response(
            status: isNotModified ? .notModified : .ok,
            fields: [
                .init("Content-Type", "text/javascript; charset=utf-8"),
                .init("Cache-Control", cacheControl),
                .init("ETag", "\"\(tag)\""),
                .nosniff,
                .init("Cross-Origin-Resource-Policy", "cross-origin"),
            ],
            body: isNotModified ? "" : ScriptEndpoint.text
        )
        response.isPublic = true
        return response
    }
}
