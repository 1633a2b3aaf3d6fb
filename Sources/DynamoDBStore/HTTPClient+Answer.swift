#if DynamoDB
import AsyncHTTPClient
import NIOCore
import NIOHTTP1

extension HTTPClient {
    /// Waits for a complete response, including its body, until a deadline.
    ///
    /// The async `execute(_:deadline:)` is not used: its deadline covers the response's head only, so it would wait
    /// forever for a server that stalls in the middle of the body.
    func answer(to request: Request, until deadline: NIODeadline) async throws -> Response {
        let body = ResponseAccumulator(request: request, maxBodySize: 20 << 20)
        return try await execute(request: request, delegate: body, deadline: deadline).get()
    }
}
#endif
