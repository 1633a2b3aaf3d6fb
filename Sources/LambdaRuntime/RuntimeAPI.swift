#if DynamoDB
import AsyncHTTPClient
import FoundationEssentials
import Headcount
import NIOCore
import NIOHTTP1
import NIOPosix

/// A client of Lambda's runtime API (AWS Lambda Developer Guide, “Using the Lambda runtime API for custom runtimes”).
/// Each call blocks its thread, since a function instance handles one invocation at a time.
package final class RuntimeAPI {
    private let base: String
    private let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let client: HTTPClient

    /// - Parameter authority: `AWS_LAMBDA_RUNTIME_API`, a host and a port.
    package init(authority: String) {
        base = "http://\(authority)/2018-06-01/runtime"
        // No timeout: Lambda freezes the environment between invocations, perhaps for hours.
        client = HTTPClient(eventLoopGroupProvider: .shared(loops), configuration: .init(timeout: .init()))
    }

    /// Waits for the next invocation.
    ///
    /// - Throws: ``RuntimeAPIError``, after which the process should exit.
    func next() throws(RuntimeAPIError) -> Invocation {
        let response = try send(.GET, "/invocation/next")
        guard response.status == .ok, let requestID = response.headers.first(name: "Lambda-Runtime-Aws-Request-Id")
        else { throw RuntimeAPIError(description: "/invocation/next: status \(response.status.code)") }
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
    /// - Throws: ``RuntimeAPIError`` if Lambda did not accept the answer.
    func answer(_ invocation: Invocation, with result: String) throws(RuntimeAPIError) {
        try post("/invocation/\(invocation.requestID)/response", result)
    }

    /// Reports that an invocation failed or, without one, that the function can't start; the process should then exit.
    ///
    /// - Parameter type: `Category.Reason`
    package func fail(_ invocation: Invocation? = nil, type: String, message: String) throws(RuntimeAPIError) {
        let path = invocation.map { "/invocation/\($0.requestID)/error" } ?? "/init/error"
        try post(
            path,
            "{\"errorMessage\":\(JSON.string(message)),\"errorType\":\(JSON.string(type)),\"stackTrace\":[]}",
            ["Content-Type": "application/vnd.aws.lambda.error+json", "Lambda-Runtime-Function-Error-Type": type]
        )
    }

    private func post(_ path: String, _ body: String, _ fields: HTTPHeaders = [:]) throws(RuntimeAPIError) {
        let response = try send(.POST, path, body, fields)
        guard response.status == .accepted || response.status == .ok else {
            let reason = response.body.map { String(buffer: $0) } ?? ""
            throw RuntimeAPIError(description: "\(path): status \(response.status.code): \(reason)")
        }
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
            throw RuntimeAPIError(description: "\(method) \(path): \(error)")
        }
    }

    deinit {
        try? client.syncShutdown()
        try? loops.syncShutdownGracefully()
    }
}

/// A failed call of the runtime API: in the guide's words a non-recoverable state, after which the runtime should exit
/// promptly.
package struct RuntimeAPIError: Error, CustomStringConvertible {
    package let description: String
}

/// One call of the function, as `/runtime/invocation/next` returns it.
package struct Invocation: Sendable {
    /// `Lambda-Runtime-Aws-Request-Id`
    var requestID: String
    /// `Lambda-Runtime-Deadline-Ms`: when Lambda stops waiting; `nil` if the field is missing.
    var deadline: Instant?
    /// `Lambda-Runtime-Trace-Id`: X-Ray's tracing header.
    var traceID: String?
    var event: Data
}
#endif
