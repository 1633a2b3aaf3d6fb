/// What the service has under its own paths. `openapi.yaml` describes each one, and a test compares the two.
package enum Route: Sendable, CaseIterable {
    case count, countPicture, badge, statistics, health, openAPI

    /// The path below `HEADCOUNT_BASE_PATH`; `HEADCOUNT_COUNT_PATH` replaces that of ``count``.
    package var path: String {
        switch self {
        case .count: "/count"
        case .countPicture: "/count.svg"
        case .badge: "/badge.svg"
        case .statistics: "/stats"
        case .health: "/healthz"
        case .openAPI: "/openapi.yaml"
        }
    }

    /// The methods it answers, besides `OPTIONS`.
    package var methods: [Request.Method] {
        switch self {
        case .count: [.get, .head, .post]
        case .countPicture, .badge, .statistics, .health, .openAPI: [.get, .head]
        }
    }
}

/// The routes by their paths, as configured.
struct Routes {
    private let basePath: String
    private let routes: [String: Route]

    init(_ configuration: Configuration) {
        basePath = configuration.basePath
        var routes: [String: Route] = [:]
        for route in Route.allCases {
            // Who shows nothing to anybody has nothing there, not something forbidden.
            if route == .statistics, configuration.statistics == .nobody { continue }
            routes[route == .count ? configuration.countPath : route.path] = route
        }
        self.routes = routes
    }

    func route(of request: Request) -> Route? {
        guard !request.isBelowBasePath, !basePath.isEmpty else { return routes[request.path] }
        guard request.path.hasPrefix(basePath) else { return nil }
        return routes[String(request.path.dropFirst(basePath.count))]
    }
}
