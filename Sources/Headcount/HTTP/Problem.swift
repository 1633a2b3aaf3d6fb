/// An error as RFC 9457 problem details. The type is left at `about:blank`, so the title is the status phrase (§4.2.1).
struct Problem: Error, Sendable {
    var status: Response.Status
    /// The problem and its remedy, for people. Contains no file paths or stack traces.
    var detail: String
    /// The invalid query field, for a 400.
    var field: String?
    /// Header fields for the status, which scripts of other origins may read: `Allow` with 405, `Retry-After` with 503.
    var fields: [Response.Field] = []

    var response: Response {
        var body = "{\"type\":\"about:blank\",\"title\":\"\(status.phrase)\",\"status\":\(status.rawValue)"
        body += ",\"detail\":\(JSON.string(detail))"
        if let field { body += ",\"field\":\(JSON.string(field))" }
        body += "}"
        var all = [Response.Field("Content-Type", "application/problem+json"), .noStore, .nosniff]
        if !fields.isEmpty {
            let names = fields.map(\.name).joined(separator: ", ")
            all += fields + [Response.Field("Access-Control-Expose-Headers", names)]
        }
        var response = Response(status: status, fields: all, body: body)
        // For the problems that an entry point sends itself. It contains nothing to protect.
        response.corsFields = CORS.any.fields(for: nil)
        return response
    }
}

extension Problem {
    /// A 400 for a field of the query.
    ///
    /// - Parameter reason: the rest of a sentence that starts with the field: “must be …”.
    init(field: String, reason: String) {
        self.init(status: .badRequest, detail: "\(field) \(reason)", field: field)
    }
}
