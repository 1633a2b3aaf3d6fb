#if DynamoDB
import Headcount
import Logging
import Synchronization

/// The loop of a Lambda function: an invocation, its answer, the next one.
package struct Runtime {
    private let api: RuntimeAPI
    private let log: Logger
    private let handler: Handler

    /// What the loop asks of the service.
    package struct Handler {
        package var respond: ([Request]) -> [Response]
        package var contentTooLarge: Response
        /// `HEADCOUNT_BASE_PATH`
        package var basePath: String
        /// Called before each invocation with the moment by which its answer must have left.
        package var willRespond: (Instant?) -> Void

        package init(
            respond: @escaping ([Request]) -> [Response],
            contentTooLarge: Response,
            basePath: String,
            willRespond: @escaping (Instant?) -> Void
        ) {
            self.respond = respond
            self.contentTooLarge = contentTooLarge
            self.basePath = basePath
            self.willRespond = willRespond
        }
    }

    package init(api: RuntimeAPI, handler: Handler, log: Logger) {
        self.api = api
        self.handler = handler
        self.log = log
    }

    /// How long before the deadline an answer must be ready, in milliseconds, so that it is a 503 and not a time-out.
    private static let margin = 150

    /// Answers invocations for as long as Lambda gives out any.
    ///
    /// - Throws: ``RuntimeAPIError`` when it does not.
    package func run() throws(RuntimeAPIError) -> Never {
        while true {
            let invocation = try api.next()
            CurrentInvocation.set(invocation)
            defer { CurrentInvocation.set(nil) }
            do throws(RuntimeAPIError) {
                try answer(invocation)
            } catch {
                log.error("answer not taken", metadata: ["reason": "\(error)"])
                guard error.isOfOneInvocation else { throw error }
            }
        }
    }

    private func answer(_ invocation: Invocation) throws(RuntimeAPIError) {
        let event: HTTPEvent
        do throws(FunctionError) {
            event = try HTTPEvent(invocation.event)
        } catch {
            log.error("\(error.message)")
            try api.fail(invocation, with: error)
            return
        }
        try api.answer(invocation, with: response(to: event, of: invocation).lambdaResult)
    }

    private func response(to event: HTTPEvent, of invocation: Invocation) -> Response {
        guard !event.isTooLarge else { return handler.contentTooLarge }
        handler.willRespond(
            invocation.deadline.map { Instant(milliseconds: $0.milliseconds - Self.margin) }
        )
        return handler.respond([event.request(basePath: handler.basePath)])[0]
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
