#if DynamoDB
import FoundationEssentials
import Logging
import Testing

@testable import LambdaRuntime

@Suite("A line of the log")
struct JSONLogHandlerTests {
    private let moment = Date(timeIntervalSince1970: 1_764_041_261.5)

    @Test("is one object with the members of Lambda's own runtimes")
    func members() throws {
        let line = JSONLogHandler.line(.warning, "a \"b\"\n", ["requestId": "r-1", "reason": "full"], at: moment)
        #expect(line.hasSuffix("}\n") && line.dropLast().allSatisfy { $0 != "\n" })
        #expect(
            try JSONDecoder().decode([String: String].self, from: Data(line.utf8)) == [
                "timestamp": "2025-11-25T03:27:41.500Z", "level": "WARN", "message": "a \"b\"\n", "requestId": "r-1",
                "reason": "full",
            ]
        )
    }

    @Test(
        "names levels as Lambda does",
        arguments: zip(Logger.Level.allCases, ["TRACE", "DEBUG", "INFO", "INFO", "WARN", "ERROR", "FATAL"])
    )
    func levels(level: Logger.Level, name: String) {
        #expect(JSONLogHandler.line(level, "", [:], at: moment).contains("\"level\":\"\(name)\""))
    }

    @Test("names its invocation, and none between two")
    func invocation() {
        CurrentInvocation.set(Invocation(requestID: "r-2", deadline: nil, traceID: "Root=1", event: Data()))
        #expect(CurrentInvocation.metadata.get() == ["requestId": "r-2", "traceId": "Root=1"])
        CurrentInvocation.set(nil)
        #expect(CurrentInvocation.metadata.get().isEmpty)
    }
}
#endif
