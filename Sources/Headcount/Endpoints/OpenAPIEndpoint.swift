/// `/headcount/openapi.yaml`: the description of the API.
struct OpenAPIEndpoint: Endpoint {
    static let path = "/headcount/openapi.yaml"

    init(_ configuration: Configuration) {}

    func job(for request: Request, at now: Moment) -> Job {
        // RFC 9512 registers the type.
        let type = Response.Field("Content-Type", "application/yaml")
        return .answer(
            Response(status: .ok, fields: [type, .init("Cache-Control", "no-cache"), .nosniff], body: Self.text)
        )
    }

    fileprivate static let text = String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
}

/// The version of Headcount, which the description states.
package let version =
    OpenAPIEndpoint.text.split(separator: "\n").first { $0.hasPrefix("  version: ") }?.split(separator: " ").last
    .map(String.init) ?? ""
