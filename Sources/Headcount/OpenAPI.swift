/// `openapi.yaml`, the description of the API, as this service serves it.
enum OpenAPI {
    /// The text, with the configured count path in it. What stands before the paths is that before the file's own.
    static func text(_ configuration: Configuration) -> String {
        String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0 == "  /count:" ? "  \(configuration.countPath):" : $0 }
            .joined(separator: "\n")
    }
}
