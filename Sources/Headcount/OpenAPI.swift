/// `openapi.yaml`, the description of the API, as this service serves it.
enum OpenAPI {
    /// The text, with the configured paths in it.
    static func text(_ configuration: Configuration) -> String {
        String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { line in
                switch line {
                case "  /count:": "  \(configuration.countPath):"
                case "  - url: /": "  - url: \(configuration.basePath)/"
                default: String(line)
                }
            }
            .joined(separator: "\n")
    }
}
