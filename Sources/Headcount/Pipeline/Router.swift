/// Finds the endpoint of a request and lets it make a ``Job``.
package struct Router {
    private let basePath: String
    private let cors: CORS
    private let endpoints: [String: any Endpoint]

    init(_ configuration: Configuration) {
        basePath = configuration.basePath
        cors = configuration.cors
        let endpoints = zip(Self.paths(configuration), Self.endpoints).map { ($0, $1.init(configuration)) }
        self.endpoints = Dictionary(uniqueKeysWithValues: endpoints).compactMapValues { $0 }
    }

    /// All endpoints. `HEADCOUNT_COUNT_PATH` replaces the path of the first.
    private static var endpoints: [any Endpoint.Type] {
        [
            CountEndpoint.self, CountPictureEndpoint.self, BadgeEndpoint.self, StatisticsEndpoint.self,
            HealthEndpoint.self, OpenAPIEndpoint.self,
        ]
    }

    /// Routes a request; rejects it at the first failed check.
    ///
    /// - Parameter day: the current day.
    func job(for request: Request, on day: Day) -> Job {
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
        guard cors.admits(request.crossOrigin) else {
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

    /// The default paths of all endpoints.
    package static var paths: [String] { endpoints.map { $0.path } }

    /// The configured paths of all endpoints, below `HEADCOUNT_BASE_PATH`.
    package static func paths(_ configuration: Configuration) -> [String] {
        [configuration.countPath] + paths.dropFirst()
    }
}
