#if DynamoDB
import FoundationEssentials
import Headcount
import Logging
import Synchronization

extension RuntimeAPI {
    /// How long before the deadline an answer must be ready, in milliseconds, so that it is a 503 and not a time-out.
    private static let margin = 150

    /// The loop of a Lambda function: an invocation, its answer, the next one, for as long as Lambda gives out any.
    ///
    /// - Parameters:
    ///   - basePath: `HEADCOUNT_BASE_PATH`
    ///   - willRespond: is called before each invocation with the moment by which its answer must have left.
    /// - Throws: ``RuntimeAPIError`` when Lambda gives out none, or does not take an answer.
    package func run(
        _ respond: ([Request]) -> [Response],
        basePath: String,
        log: Logger,
        willRespond: (Instant?) -> Void
    ) throws(RuntimeAPIError) -> Never {
        while true {
            let invocation = try next()
            CurrentInvocation.set(invocation)
            defer { CurrentInvocation.set(nil) }
            if let event = try? JSONDecoder().decode(HTTPEvent.self, from: invocation.event) {
                willRespond(invocation.deadline.map { Instant(milliseconds: $0.milliseconds - Self.margin) })
                try answer(invocation, with: respond([event.request(basePath: basePath)])[0].lambdaResult)
            } else {
                let message = "This is no HTTP request of an HTTP API or a function URL; set the payload format to 2.0."
                log.error("\(message)")
                try fail(invocation, type: "Headcount.NoRequest", message: message)
            }
        }
    }
}

/// The invocation that is being answered, for the lines that are logged meanwhile.
package enum CurrentInvocation {
    private static let current = Mutex<Logger.Metadata>([:])

    static func set(_ invocation: Invocation?) {
        var metadata: Logger.Metadata = [:]
        if let invocation {
            metadata["requestId"] = "\(invocation.requestID)"
            if let trace = invocation.traceID { metadata["traceId"] = "\(trace)" }
        }
        current.withLock { $0 = metadata }
    }

    /// Its id, and its trace if it has one.
    package static let metadata = Logger.MetadataProvider { current.withLock { $0 } }
}
#endif
