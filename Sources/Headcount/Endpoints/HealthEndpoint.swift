/// `/headcount/healthz`: whether the store can be read.
struct HealthEndpoint: Endpoint {
    static let path = "/headcount/healthz"

    init(_ configuration: Configuration) {}

    func job(for request: Request, at now: Moment) -> Job {
        .read([]) { _ in .json("{\"status\":\"ok\"}") }
    }
}
