/// Finds the endpoint of a request and lets it make a ``Job``.
package struct Router {
    private let basePath: String
    private let cors: CORS
    private let endpoints: [String: any Endpoint]

    init(_ configuration: Configuration) {
        basePath = configuration.basePath
        cors = configuration.cors
        var endpoints: [String: any Endpoint] = [:]
        for endpoint in Self.endpoints { endpoints[endpoint.path] = endpoint.init(configuration) }
        if let path = configuration.countPath { endpoints[path] = CountEndpoint(configuration) }
        self.endpoints = endpoints
    }

    private static var endpoints: [any Endpoint.Type] {
        [
            CountEndpoint.self, TotalsEndpoint.self, CountPictureEndpoint.self, ScriptEndpoint.self,
            FrozenScriptEndpoint.self, DashboardEndpoint.self, StatisticsEndpoint.self, DaysEndpoint.self,
            PagesEndpoint.self, BadgeEndpoint.self, ShieldsBadgeEndpoint.self, HealthEndpoint.self,
            OpenAPIEndpoint.self,
        ]
    }

    /// Routes a request; rejects it at the first failed check.
    func job(for request: Request, at now: Moment) -> Job {
        if request.method == .options {
            return .answer(cors.admits(request.crossOrigin) ? .preflight : .originRefused)
        }
        guard let endpoint = endpoint(for: request) else {
            return .answer(.notFound)
        }
        let methods = type(of: endpoint).methods
        guard methods.contains(request.method) else {
            return .answer(.methodNotAllowed(methods))
        }
        guard type(of: endpoint).isPublic || cors.admits(request.crossOrigin) else {
            return .answer(.originRefused)
        }
        do throws(Problem) {
            return try endpoint.job(for: request, at: now)
        } catch {
            return .answer(error.response)
        }
    }

    private func endpoint(for request: Request) -> (any Endpoint)? {
        guard !request.isBelowBasePath, !basePath.isEmpty else { return endpoints[request.path] }
        guard request.path.hasPrefix(basePath) else { return nil }
        return endpoints[String(request.path.dropFirst(basePath.count))]
    }

    /// The paths of all endpoints, below `HEADCOUNT_BASE_PATH`, without `HEADCOUNT_COUNT_PATH`.
    package static var paths: [String] { endpoints.map { $0.path } }
}
