import Glibc
import Headcount
import Testing

@testable import HeadcountCommand

@Suite("An examination")
struct ExaminationTests {
    @Test("finds a clock that was never set")
    func clock() throws {
        #expect(Examination.clock(Day(year: 2025, month: 1, day: 1).start).isEmpty)
        let finding = try #require(Examination.clock(Day(year: 1970, month: 1, day: 2).start).first)
        #expect("\(finding)" == "PROBLEM: the clock says 1970-01-02; set it, or visits go to the wrong days")
    }

    #if !DynamoDB
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
    #endif
}
