#if DynamoDB
/// Why a call did not succeed, told apart by what may have happened.
enum CallError: Error, Sendable, CustomStringConvertible {
    /// Its condition did not hold. Nothing happened; `item` is what is there, as far as that was asked for.
    case conditionFailed(item: Item?)
    /// A transaction was cancelled whole, with a code for each of its items, `None` for those that were right.
    case cancelled([String])
    /// Nothing happened, and trying again may help: too many requests, a conflict, no connection.
    case postponed(String)
    /// Nothing happened, and trying again won't help until somebody does something.
    case refused(code: String, message: String)
    /// It may have happened or not.
    case unknown(String)

    var description: String {
        switch self {
        case .conditionFailed: "the item has changed"
        case .cancelled(let codes): "transaction cancelled (\(codes.joined(separator: ", ")))"
        case .postponed(let reason): reason
        case .refused(let code, let message): "\(code): \(message)\(Self.remedy(code))"
        case .unknown(let reason): reason
        }
    }

    /// Whether it certainly did not happen.
    var isCertain: Bool { if case .unknown = self { false } else { true } }

    /// Reads an answer that is no success (Amazon DynamoDB Developer Guide, “Error handling with DynamoDB”). A server
    /// error says nothing about what was done.
    init(status: Int, _ answer: Answer) {
        let code = answer.type?.split(separator: "#").last.map(String.init) ?? ""
        let message = answer.message ?? "status \(status)"
        switch code {
        case _ where status >= 500 && !Self.passing.contains(code): self = .unknown("\(status) \(code)")
        case "ConditionalCheckFailedException": self = .conditionFailed(item: answer.item)
        case "TransactionCanceledException":
            let codes = answer.cancellationReasons?.map { $0.code ?? "None" } ?? []
            self = codes.allSatisfy(Self.passingReasons.contains) ? .postponed(message) : .cancelled(codes)
        case _ where Self.passing.contains(code): self = .postponed("\(code): \(message)")
        case _ where status == 403: self = .refused(code: code.isEmpty ? "Forbidden" : code, message: message)
        case _ where status == 400 || status == 404: self = .refused(code: code, message: message)
        default: self = .unknown("\(status) \(code)")
        }
    }

    private static let passing: Set = [
        "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded",
        "LimitExceededException",
        "TransactionConflictException", "TransactionInProgressException", "ReplicatedWriteConflictException",
    ]

    /// Of a transaction's items (Amazon DynamoDB API Reference, “TransactWriteItems”, `TransactionCanceledException`).
    private static let passingReasons: Set = [
        "None", "TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError",
    ]

    private static func remedy(_ code: String) -> String {
        switch code {
        case "ResourceNotFoundException": "; check HEADCOUNT_DYNAMODB_TABLE and the region"
        case "AccessDeniedException":
            "; give the role the actions of terraform/policies/dynamodb-store.json, an owner those of dynamodb-owner.json"
        case "Forbidden":
            "; check the credentials, and that they have the actions of terraform/policies/dynamodb-store.json"
        case "UnrecognizedClientException", "IncompleteSignatureException": "; check the credentials"
        // DynamoDB answers so when the time of the signature is off, too.
        case "InvalidSignatureException": "; check the credentials and the clock"
        case "RequestExpired": "; check the clock"
        default: ""
        }
    }
}
#endif
