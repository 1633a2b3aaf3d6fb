/// A response of the service. The entry point adds `Content-Length`.
package struct Response: Sendable, Equatable {
    package var status: Status
    package var fields: [Field]
    package var body: String
    /// Whether it is the same for every origin, because it contains no numbers.
    var isPublic = false
    /// The fields that CORS adds on the way out.
    package var corsFields: [Field] = []
    /// Set for `HEAD`: omits the body, but keeps its fields, including `Content-Length` (RFC 9110 §9.3.2).
    package var omitsBody = false

    package init(status: Status, fields: [Field] = [], body: String = "") {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// A header field. Values are constants or come from parsed types, so they contain no line breaks.
    package struct Field: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The status codes that the service uses (RFC 9110 §15, RFC 6585 §4).
    package enum Status: Int, Sendable {
        case ok = 200
        case noContent = 204
        case notModified = 304
        case badRequest = 400
        case unauthorized = 401
        case forbidden = 403
        case notFound = 404
        case methodNotAllowed = 405
        case contentTooLarge = 413
        case serviceUnavailable = 503

        /// Whether the response may have a body, and so a `Content-Length` (RFC 9110 §8.6).
        package var allowsBody: Bool { self != .noContent && self != .notModified }

        package var phrase: String {
            switch self {
            case .ok: "OK"
            case .noContent: "No Content"
            case .notModified: "Not Modified"
            case .badRequest: "Bad Request"
            case .unauthorized: "Unauthorized"
            case .forbidden: "Forbidden"
            case .notFound: "Not Found"
            case .methodNotAllowed: "Method Not Allowed"
            case .contentTooLarge: "Content Too Large"
            case .serviceUnavailable: "Service Unavailable"
            }
        }
    }
}
