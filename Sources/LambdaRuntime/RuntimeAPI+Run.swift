#if DynamoDB
import FoundationEssentials
import Headcount
import Logging
import Synchronization

extension RuntimeAPI {
    /// How long the store may take, in milliseconds.
    private static let storeTimeout = 5000
    /// How long before Lambda's deadline the store gives up, in milliseconds: a 503 is better than a timeout.
    private static let margin = 150

    /// Answers invocations, one after the other, until Lambda ends the process.
    ///
    /// - Parameter configuration: says how to read a request: the base path, and whether CloudFront is in front.
    /// - Throws: ``RuntimeAPIError`` if Lambda sends no invocation, or rejects an answer.
    package func run(
        _ service: Service,
        _ configuration: Configuration,
        log: Logger
    ) throws(RuntimeAPIError) -> Never {
        while true {
            let invocation = try next()
            CurrentInvocation.set(invocation)
            defer { CurrentInvocation.set(nil) }
            guard let event = try? JSONDecoder().decode(HTTPEvent.self, from: invocation.event) else {
                let message =
                    "The event is not a request of an HTTP API or a function URL; set the payload format to 2.0."
                log.error("\(message)")
                try fail(invocation, type: "Headcount.NoRequest", message: message)
                continue
            }
            let timeLeft = invocation.deadline.map { $0.milliseconds - Instant.now().milliseconds - Self.margin }
            let deadline = Deadline.after(min(Self.storeTimeout, timeLeft ?? .max))
            let request = event.request(
                basePath: configuration.basePath,
                isBehindCloudFront: configuration.isBehindCloudFront
            )
            for response in service.respond(to: [request], by: deadline) {
                try answer(invocation, with: response.lambdaResult)
            }
            // The visitor has the answer already.
            _ = service.maintain()
        }
    }
}

/// The invocation that is being answered, as metadata for log messages.
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

    /// The request id, and the trace id if there is one.
    package static let metadata = Logger.MetadataProvider { current.withLock { $0 } }
}
#endif
