/// `/openapi.yaml`: the description of the API.
struct OpenAPIEndpoint: Endpoint {
    static let path = "/openapi.yaml"

    private let response: Response

    /// - Parameter countPath: replaces that of the file. The base path stands before the file's own path, too, so the paths in
    ///   it stay as they are.
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
