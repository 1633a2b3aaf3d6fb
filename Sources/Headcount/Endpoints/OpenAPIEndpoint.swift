/// `/openapi.yaml`: the description of the API.
struct OpenAPIEndpoint: Endpoint {
    static let path = "/openapi.yaml"

    private let response: Response

    /// - Parameter countPath: replaces `/count` in the file. Its paths are relative to its own URL, so the base path
    ///   needs no change.
    init(countPath: String) {
        let text = String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0 == "  \(CountEndpoint.path):" ? "  \(countPath):" : $0 }
            .joined(separator: "\n")
        response = Response(
            status: .ok,
            // RFC 9512 registers the type.
            fields: [.init("Content-Type", "application/yaml"), .init("Cache-Control", "no-cache"), .nosniff],
            body: text
        )
    }

    func job(for request: Request, on day: Day) -> Job { .answer(response) }
}
