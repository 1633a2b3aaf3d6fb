/// `/openapi.yaml`: the description of the API.
struct OpenAPIEndpoint: Endpoint {
    static let path = "/openapi.yaml"

    private let countPath: String

    init(_ configuration: Configuration) {
        countPath = configuration.countPath
    }

    /// The file's paths are relative to its own URL, so only the path that counts may need a change.
    func job(for request: Request, on day: Day) -> Job {
        let text = String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0 == "  \(CountEndpoint.path):" ? "  \(countPath):" : $0 }
            .joined(separator: "\n")
        // RFC 9512 registers the type.
        let type = Response.Field("Content-Type", "application/yaml")
        let fields = [type, .init("Cache-Control", "no-cache"), .nosniff]
        return .answer(Response(status: .ok, fields: fields, body: text))
    }
}
