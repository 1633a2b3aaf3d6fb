/// `/headcount.js`: the script for pages.
struct ScriptEndpoint: Endpoint {
    static let path = "/headcount.js"

    init(_ configuration: Configuration) {}

    func job(for request: Request, at now: Moment) -> Job {
        let text = String(decoding: PackageResources.headcount_js, as: UTF8.self)
        return .answer(
            Response(
                status: .ok,
                fields: [.init("Content-Type", "text/javascript; charset=utf-8"), .nosniff],
                body: text
            )
        )
    }

    static let integrity = "sha384-TODO"
}
