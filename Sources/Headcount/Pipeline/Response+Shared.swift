// Responses that don't belong to one endpoint.

extension Response {
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

    static func methodNotAllowed(_ allowed: [Request.Method]) -> Response {
        let names = (allowed + [.options]).map { "\($0)".uppercased() }.joined(separator: ", ")
        return Problem(
            status: .methodNotAllowed,
            detail: "This path answers \(names).",
            fields: [.init("Allow", names)]
        ).response
    }

    package static let contentTooLarge = Problem(
        status: .contentTooLarge,
        detail: "The request is larger than 64 KiB."
    ).response

    package static let unavailable = Problem(
        status: .serviceUnavailable,
        detail: "The numbers can't be reached right now. This request may not have been counted.",
        fields: [.init("Retry-After", "2")]
    ).response

    static let busy = Problem(
        status: .serviceUnavailable,
        detail: "Too many different statistics were requested at once.",
        fields: [.init("Retry-After", "1")]
    ).response
}
