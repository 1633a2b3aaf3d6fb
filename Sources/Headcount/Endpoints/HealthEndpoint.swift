/// `/headcount/healthz`: whether the store can be read; and on Lambda, which version of the function answers, so that a
/// deployment can wait for the new one.
struct HealthEndpoint: Endpoint {
    static let path = "/headcount/healthz"

    private let body: String

    init(_ configuration: Configuration) {
        let version = configuration.aws["AWS_LAMBDA_FUNCTION_VERSION"]
        body = "{\"status\":\"ok\"\(version.map { ",\"version\":\(JSON.string($0))" } ?? "")}"
    }

    func job(for request: Request, at now: Moment) -> Job {
        .read([]) { _ in .json(body) }
    }
}
