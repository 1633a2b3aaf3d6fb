/// Whose numbers a request gets, and in which form.
struct Reading {
    var page: Page?
    var form: Form

    enum Form {
        case json
        /// That caches may keep and ask for again.
        case picture(Picture)
        /// That counts, and so has to be asked for each time.
        case momentaryPicture(Picture)
        /// Only that there is an answer.
        case health
    }

    func answer(_ tally: Tally) -> Response {
        switch form {
        case .json: .json(tally.json(of: page))
        case .picture(let picture): .picture(picture.svg(tally, of: page), cacheControl: "no-cache")
        case .momentaryPicture(let picture): .picture(picture.svg(tally, of: page), cacheControl: "no-store")
        case .health: .json("{\"status\":\"ok\"}")
        }
    }
}

/// Whose statistics a request gets, and of how many days, the day in force being the last.
struct StatisticsReading: Hashable {
    var page: Page?
    var days: Int

    /// One page is one row a day, the site all of them.
    func takesLess(than other: StatisticsReading) -> Bool {
        (page == nil) == (other.page == nil) ? days < other.days : page != nil
    }
}

extension Tally {
    /// - Parameter page: the page that was asked for.
    fileprivate func json(of page: Page?) -> String {
        guard let page else { return "{\(site.json)}" }
        let ofPage = self.page.map { "{\"path\":\(JSON.string(page.path)),\($0.json)}" } ?? "null"
        return "{\(site.json),\"page\":\(ofPage)}"
    }
}

extension Tally.Count {
    /// The members of an object.
    fileprivate var json: String { "\"count\":\(count),\"unique\":\(unique)" }
}

extension Statistics {
    package var json: String {
        let since = since.map { "\"\($0)\"" } ?? "null"
        let days = days.map { "{\"day\":\"\($0.day)\",\($0.count.json)}" }.joined(separator: ",")
        let pages = pages.map { "{\"path\":\(JSON.string($0.path)),\($0.count.json)}" }.joined(separator: ",")
        return "{\(total.json),\"since\":\(since),\"days\":[\(days)],\"pages\":[\(pages)]}"
    }
}

extension Response {
    static func json(_ body: String) -> Response {
        Response(status: .ok, fields: jsonFields, body: body)
    }

    /// Browsers show it on pages of any origin, also on those that demand so (Fetch, “`Cross-Origin-Resource-Policy`
    /// header”). Opened by itself it can neither run nor load anything.
    static func picture(_ svg: String, cacheControl: String) -> Response {
        Response(
            status: .ok,
            fields: [
                .init("Content-Type", "image/svg+xml; charset=utf-8"),
                .init("Cache-Control", cacheControl),
                .nosniff,
                .init("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
                .init("Cross-Origin-Resource-Policy", "cross-origin"),
            ],
            body: svg
        )
    }

    /// RFC 9512 registers the type.
    static func openAPI(_ text: String) -> Response {
        Response(
            status: .ok,
            fields: [.init("Content-Type", "application/yaml"), .init("Cache-Control", "no-cache"), .nosniff],
            body: text
        )
    }

    private static let jsonFields: [Field] = [.init("Content-Type", "application/json"), .noStore, .nosniff]
}

extension Response.Field {
    static let noStore = Response.Field("Cache-Control", "no-store")
    static let nosniff = Response.Field("X-Content-Type-Options", "nosniff")
}

extension Service {
    static let preflight = Response(
        status: .noContent,
        fields: [
            .init("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
            .init("Access-Control-Allow-Headers", "Content-Type"),
            .init("Access-Control-Max-Age", "86400"),
            .noStore,
            .nosniff,
        ]
    )

    static let notFound = Problem(status: .notFound, detail: "There is nothing at this path.").response

    static let originRefused = Problem(
        status: .forbidden,
        detail: "Pages of this origin may not use this counter."
    ).response

    static let unauthorized = Problem(
        status: .unauthorized,
        detail: "The statistics ask for the owner's password.",
        fields: [Password.challenge]
    ).response

    static func methodNotAllowed(_ methods: [Request.Method]) -> Response {
        let names = (methods + [.options]).map { "\($0)".uppercased() }.joined(separator: ", ")
        return Problem(
            status: .methodNotAllowed,
            detail: "This path answers \(names).",
            fields: [.init("Allow", names)]
        ).response
    }

    /// What a way in answers, by itself, when there are no settings to go by.
    package static func unavailable(to request: Request) -> Response {
        var response = unavailable.granting(.refused)
        response.omitsBody = request.method == .head
        return response
    }

    static let unavailable = Problem(
        status: .serviceUnavailable,
        detail: "The numbers can't be reached just now, and nothing of this request was confirmed.",
        fields: [.init("Retry-After", "\(retryAfter)")]
    ).response

    static let busy = Problem(
        status: .serviceUnavailable,
        detail: "Many others read the statistics just now.",
        fields: [.init("Retry-After", "1")]
    ).response

    /// In seconds, with a 503.
    private static let retryAfter = 2
}
