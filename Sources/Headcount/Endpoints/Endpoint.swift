/// One path of the API: reads its query, requests work from the store, and renders the response. To add one, copy a
/// file in this folder, add it to ``Router/endpoints``, and describe it in `openapi.yaml`.
protocol Endpoint {
    /// The path below `HEADCOUNT_BASE_PATH`.
    static var path: String { get }
    /// The allowed methods, besides `OPTIONS`.
    static var methods: [Request.Method] { get }
    /// Whether pages of every origin may use it, whatever `HEADCOUNT_ALLOWED_ORIGINS` says; see ``Response/isPublic``.
    static var isPublic: Bool { get }

    /// - Returns: `nil` if these settings don't enable the endpoint.
    init?(_ configuration: Configuration)

    /// - Throws: a ``Problem`` to respond with instead.
    func job(for request: Request, at now: Moment) throws(Problem) -> Job
}

extension Endpoint {
    static var methods: [Request.Method] { [.get, .head] }
    static var isPublic: Bool { false }
}

// Helpers that several endpoints share.

extension Query {
    func page() throws(Problem) -> Page? {
        try field("page", Page.init(path:))
    }
}

extension Response {
    static func json(_ body: String) -> Response {
        Response(status: .ok, fields: jsonFields, body: body)
    }

    private static let jsonFields: [Field] = [.init("Content-Type", "application/json"), .noStore, .nosniff]

    /// A file to download, since browsers would show it as plain text.
    static func csv(_ table: String) -> Response {
        Response(status: .ok, fields: csvFields, body: table)
    }

    private static let csvFields: [Field] = [
        .init("Content-Type", "text/csv; charset=utf-8; header=present"), .init("Content-Disposition", "attachment"),
        .noStore, .nosniff,
    ]

    /// An SVG picture that browsers show on pages of any origin, even under a strict embedder policy (Fetch,
    /// “`Cross-Origin-Resource-Policy` header”). Opened as a document, it can neither run nor load anything.
    static func picture(_ svg: String, cacheControl: String) -> Response {
        Response(
            status: .ok,
            fields: [
                .init("Content-Type", "image/svg+xml; charset=utf-8"),
                .init("Cache-Control", cacheControl),
                .nosniff,
                .init("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
                .init("Cross-Origin-Resource-Policy", "cross-origin"),
            ],
            body: svg
        )
    }
}

extension Response.Field {
    static let noStore = Response.Field("Cache-Control", "no-store")
    static let nosniff = Response.Field("X-Content-Type-Options", "nosniff")
}

extension Tally.Count {
    /// The members of a JSON object.
    var json: String { "\"count\":\(count),\"unique\":\(unique)" }

    /// A JSON object with the numbers of a page.
    func json(ofPage path: String) -> String { "{\"path\":\(JSON.string(path)),\(json)}" }
}
