#if DynamoDB
import AsyncHTTPClient
import FoundationEssentials
import Headcount
import NIOCore
import NIOHTTP1
import NIOPosix

/// Lambda's side of the conversation (AWS Lambda Developer Guide, “Using the Lambda runtime API for custom runtimes”).
/// Each call blocks its thread: a Lambda has one invocation at a time.
package final class RuntimeAPI {
    private let base: String
    private let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let client: HTTPClient

    /// - Parameter authority: `AWS_LAMBDA_RUNTIME_API`, a host and a port.
    package init(authority: String) {
        base = "http://\(authority)/2018-06-01/runtime"
        // No time-out: the environment is frozen between invocations, for hours perhaps.
        client = HTTPClient(eventLoopGroupProvider: .shared(loops), configuration: .init(timeout: .init()))
    }

    /// Waits for the next invocation.
    ///
    /// - Throws: ``RuntimeAPIError``, after which the process has nothing left to do.
    package func next() throws(RuntimeAPIError) -> Invocation {
        let response = try send(.GET, "/invocation/next")
        guard response.status == .ok, let requestID = response.headers.first(name: "Lambda-Runtime-Aws-Request-Id")
        else { throw RuntimeAPIError("no invocation, but status \(response.status.code)") }
        let deadline = response.headers.first(name: "Lambda-Runtime-Deadline-Ms").flatMap { Int($0) }
        return Invocation(
            requestID: requestID,
            deadline: deadline.map(Instant.init(milliseconds:)),
            traceID: response.headers.first(name: "Lambda-Runtime-Trace-Id"),
            event: response.body.map { Data($0.readableBytesView) } ?? Data()
        )
    }

    /// Answers an invocation.
    ///
    /// - Throws: ``RuntimeAPIError`` when Lambda has not taken the answer.
    package func answer(_ invocation: Invocation, with result: String) throws(RuntimeAPIError) {
        let response = try send(.POST, "/invocation/\(invocation.requestID)/response", result)
        try Self.check(response)
    }

    /// Says that an invocation can't be answered.
    package func fail(_ invocation: Invocation, with error: FunctionError) throws(RuntimeAPIError) {
        let response = try send(.POST, "/invocation/\(invocation.requestID)/error", error.json, error.fields)
        try Self.check(response)
    }

    /// Says that there will be no function: to be followed by the end of the process.
    package func failInitialization(with error: FunctionError) throws(RuntimeAPIError) {
        let response = try send(.POST, "/init/error", error.json, error.fields)
        try Self.check(response)
    }

    private func send(
        _ method: HTTPMethod,
        _ path: String,
        _ body: String? = nil,
        _ fields: HTTPHeaders = [:]
    ) throws(RuntimeAPIError) -> HTTPClient.Response {
        do {
            let request = try HTTPClient.Request(
                url: base + path,
                method: method,
                headers: fields,
                body: body.map { .string($0) }
            )
            return try client.execute(request: request).wait()
        } catch {
            throw RuntimeAPIError("\(method) \(path): \(error)")
        }
    }

    private static func check(_ response: HTTPClient.Response) throws(RuntimeAPIError) {
        guard response.status == .accepted || response.status == .ok else {
            let body = response.body.map { String(buffer: $0) } ?? ""
            throw RuntimeAPIError("refused with status \(response.status.code): \(body)", status: response.status.code)
        }
    }

    deinit {
        try? client.syncShutdown()
        try? loops.syncShutdownGracefully()
    }
}

/// The conversation with Lambda has broken off.
package struct RuntimeAPIError: Error, CustomStringConvertible {
    package let description: String
    private let status: UInt?

    init(_ description: String, status: UInt? = nil) {
        self.description = description
        self.status = status
    }

    /// Whether it concerns this invocation alone: an answer that is too large, or came too late. Anything else is, in the
    /// guide's words, a non-recoverable state, and the runtime should exit promptly.
    package var isOfOneInvocation: Bool { status.map { (400..<500).contains($0) && $0 != 403 } ?? false }
}

/// Why an invocation, or the start, has failed, in the form that the Runtime API takes.
package struct FunctionError: Error, Equatable, Sendable {
    /// `Category.Reason`
    package var type: String
    package var message: String

    package init(type: String, message: String) {
        self.type = type
        self.message = message
    }

    var json: String {
        "{\"errorMessage\":\(JSON.string(message)),\"errorType\":\(JSON.string(type)),\"stackTrace\":[]}"
    }

    var fields: HTTPHeaders {
        ["Content-Type": "application/vnd.aws.lambda.error+json", "Lambda-Runtime-Function-Error-Type": type]
    }
}
#endif
