#if !DynamoDB
import Glibc
import Headcount
import Testing

@testable import HeadcountCommand

@Suite("An examination")
struct ExaminationTests {
    @Test("names the remedy for a DynamoDB store in a program without it")
    func withoutDynamoDB() throws {
        var configuration = Configuration()
        configuration.store = .dynamodb
        let finding = try #require(Examination.findings(configuration).last)
        guard case .problem(let failure) = finding else {
            Issue.record("not a problem: \(finding)")
            return
        }
        #expect(failure.status == EX_CONFIG)
        #expect(failure.lines.count == 1 && failure.lines[0].hasPrefix("HEADCOUNT_STORE=dynamodb: "))
        #expect(failure.lines[0].contains("`make build`"))
    }
}
#endif
