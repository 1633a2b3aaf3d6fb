#if DynamoDB
import FoundationEssentials
import Headcount

/// One call of the function, as `/runtime/invocation/next` hands it out (AWS Lambda Developer Guide, “Using the Lambda
/// runtime API for custom runtimes”).
package struct Invocation: Sendable {
    /// `Lambda-Runtime-Aws-Request-Id`
    package var requestID: String
    /// `Lambda-Runtime-Deadline-Ms`: when Lambda stops waiting; `nil` when it does not say.
    package var deadline: Instant?
    /// `Lambda-Runtime-Trace-Id`: X-Ray's tracing header.
    package var traceID: String?
    /// The event, JSON.
    package var event: Data
}
#endif
