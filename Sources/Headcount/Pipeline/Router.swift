/// Finds the endpoint of a request and lets it make a ``Job``.
package struct Router {
    private let basePath: String
    private let cors: CORS
    private let endpoints: [String: any Endpoint]

    init(_ configuration: Configuration) {
        basePath = configuration.basePath
        cors = configuration.cors
        var endpoints: [String: any Endpoint] = [:]
        for endpoint in Self.endpoints(configuration) {
            let path = type(of: endpoint).path
            endpoints[path == CountEndpoint.path ? configuration.countPath : path] = endpoint
        }
        self.endpoints = endpoints
    }

    /// All endpoints that these settings enable.
    private static func endpoints(_ configuration: Configuration) -> [any Endpoint] {
        let filter = VisitFilter(configuration)
        let endpoints: [(any Endpoint)?] = [
            CountEndpoint(filter: filter),
            CountPictureEndpoint(filter: filter),
            BadgeEndpoint(),
            StatisticsEndpoint(configuration.statisticsAccess),
            HealthEndpoint(),
            OpenAPIEndpoint(countPath: configuration.countPath),
        ]
        return endpoints.compactMap { $0 }
    }

    /// Routes a request; rejects it at the first failed check.
    ///
    /// - Parameter day: the current day.
    func job(for request: Request, on day: Day) -> Job {
        if request.method == .options {
            return .answer(cors.admits(request.origin) ? .preflight : .originRefused)
        }
        guard let endpoint = endpoint(for: request) else {
            return .answer(.notFound)
        }
        let methods = type(of: endpoint).methods
        guard methods.contains(request.method) else {
            return .answer(.methodNotAllowed(methods))
        }
        guard cors.admits(request.origin) else {
            return .answer(.originRefused)
        }
        do throws(Problem) {
            return try endpoint.job(for: request, on: day)
        } catch {
            return .answer(error.response)
        }
    }

    private func endpoint(for request: Request) -> (any Endpoint)? {
        guard !request.isBelowBasePath, !basePath.isEmpty else { return endpoints[request.path] }
        guard request.path.hasPrefix(basePath) else { return nil }
        return endpoints[String(request.path.dropFirst(basePath.count))]
    }

    /// The default paths of all endpoints; the first one is `HEADCOUNT_COUNT_PATH`.
    package static let paths = [
        CountEndpoint.path, CountPictureEndpoint.path, BadgeEndpoint.path, StatisticsEndpoint.path, HealthEndpoint.path,
        OpenAPIEndpoint.path,
    ]

    /// The configured paths of all endpoints, below `HEADCOUNT_BASE_PATH`.
    package static func paths(_ configuration: Configuration) -> [String] {
        [configuration.countPath] + paths.dropFirst()
    }
}
