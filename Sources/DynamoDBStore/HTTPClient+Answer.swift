#if DynamoDB
import AsyncHTTPClient
import NIOCore
import NIOHTTP1

extension HTTPClient {
    /// A whole answer, its body included, by a deadline.
    ///
    /// Not `execute(_:deadline:)` with `await`: its deadline ends with the head of the answer, and a server that falls
    /// silent in the middle of the body would be waited for without end.
    func answer(to request: Request, until deadline: NIODeadline) async throws -> Response {
        let body = ResponseAccumulator(request: request, maxBodySize: 20 << 20)
        return try await execute(request: request, delegate: body, deadline: deadline).get()
    }
}
#endif
