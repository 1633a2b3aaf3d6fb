#if DynamoDB
import Headcount

/// What AWS knows a caller by.
struct Credentials: Sendable, Equatable {
    var accessKeyID: String
    var secretAccessKey: String
    /// With credentials that pass.
    var sessionToken: String?
    /// When they pass; `nil` for those that do not.
    var expiration: Instant?
}
#endif
