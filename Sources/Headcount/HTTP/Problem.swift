/// An error as RFC 9457 problem details. The type is left at `about:blank`, so the title is the status phrase (§4.2.1).
package struct Problem: Error, Sendable {
    package var status: Response.Status
    /// What is wrong and what to do about it, for a person. Never a path of the machine, never a stack trace.
    package var detail: String
    /// The query field at fault, for a 400.
    package var field: String?
    /// Fields that go with the status, which scripts of other origins may read: `Allow` with 405, `Retry-After` with 503.
    package var fields: [Response.Field] = []

    package init(status: Response.Status, detail: String, fields: [Response.Field] = []) {
        self.status = status
        self.detail = detail
        self.fields = fields
    }

    /// A 400 for a field of the query.
    ///
    /// - Parameter reason: what follows the name of the field in a sentence.
    package init(field: String, reason: String) {
        self.status = .badRequest
        self.detail = "\(field) \(reason)"
        self.field = field
    }

    package var response: Response {
        var body = "{\"type\":\"about:blank\",\"title\":\"\(status.phrase)\",\"status\":\(status.rawValue)"
        body += ",\"detail\":\(JSON.string(detail))"
        if let field { body += ",\"field\":\(JSON.string(field))" }
        body += "}"
        var all = [
            Response.Field("Content-Type", "application/problem+json"),
            .noStore,
            .nosniff,
        ]
        if !fields.isEmpty {
            let names = fields.map(\.name).joined(separator: ", ")
            all += fields + [Response.Field("Access-Control-Expose-Headers", names)]
        }
        return Response(status: status, fields: all, body: body)
    }
}
