#if DynamoDB
/// Why a call failed, and whether it may have taken effect.
package enum CallError: Error, Sendable, CustomStringConvertible {
    /// The condition failed, and the call had no effect. `item` is the current item, if the call requested it.
    case conditionFailed(item: Item?)
    /// A transaction was cancelled and had no effect. There is a code for each of its items, `None` for those that did
    /// not cause it.
    case cancelled([String])
    /// The call had no effect, and a retry may help: too many requests, a conflict, no connection.
    case retryable(String)
    /// The call had no effect, and a retry won't help until the cause is fixed.
    case refused(code: String, message: String)
    /// The call may or may not have taken effect.
    case unknown(String)

    package var description: String {
        switch self {
        case .conditionFailed: "the item has changed"
        case .cancelled(let codes): "transaction cancelled (\(codes.joined(separator: ", ")))"
        case .retryable(let reason): reason
        case .refused(let code, let message): "\(code): \(message)\(Self.remedy(code))"
        case .unknown(let reason): reason
        }
    }

    /// Whether the call certainly had no effect.
    var hadNoEffect: Bool { if case .unknown = self { false } else { true } }

    /// Reads an error response (Amazon DynamoDB Developer Guide, “Error handling with DynamoDB”). After a server error
    /// it is unknown whether the call took effect.
    init(status: Int, _ answer: Answer) {
        let code = answer.type?.split(separator: "#").last.map(String.init) ?? ""
        let message = answer.message ?? "status \(status)"
        switch code {
        case _ where status >= 500 && !Self.transient.contains(code): self = .unknown("\(status) \(code)")
        case "ConditionalCheckFailedException": self = .conditionFailed(item: answer.item)
        case "TransactionCanceledException":
            let codes = answer.cancellationReasons?.map { $0.code ?? "None" } ?? []
            self = codes.allSatisfy(Self.transientReasons.contains) ? .retryable(message) : .cancelled(codes)
        case _ where Self.transient.contains(code): self = .retryable("\(code): \(message)")
        case _ where status == 403: self = .refused(code: code.isEmpty ? "Forbidden" : code, message: message)
        case _ where status == 400 || status == 404: self = .refused(code: code, message: message)
        default: self = .unknown("\(status) \(code)")
        }
    }

    private static let transient: Set = [
        "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded",
        "LimitExceededException",
        "TransactionConflictException", "TransactionInProgressException", "ReplicatedWriteConflictException",
    ]

    /// Codes of a transaction's items (DynamoDB API Reference, “TransactWriteItems”, `TransactionCanceledException`).
    static let transientReasons: Set = [
        "None", "TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError",
    ]

    private static func remedy(_ code: String) -> String {
        switch code {
        case "ResourceNotFoundException": "; check HEADCOUNT_DYNAMODB_TABLE and the region"
        case "AccessDeniedException":
            "; allow the role the actions in dynamodb-store.json, the owner those in dynamodb-owner.json"
                + " (terraform/modules/headcount/policies)"
        case "Forbidden":
            "; check the credentials, and that they allow the actions in dynamodb-store.json"
                + " (terraform/modules/headcount/policies)"
        case "UnrecognizedClientException", "IncompleteSignatureException": "; check the credentials"
        // DynamoDB also returns this code if the time of the signature is wrong.
        case "InvalidSignatureException": "; check the credentials and the clock"
        case "RequestExpired": "; check the clock"
        default: ""
        }
    }
}
#endif
