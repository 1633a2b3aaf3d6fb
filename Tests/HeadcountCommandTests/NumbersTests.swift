import Testing

@testable import HeadcountCommand

@Suite("Numbers for people")
struct NumbersTests {
    @Test(
        "have a comma before each three digits",
        arguments: [(0, "0"), (999, "999"), (1234567, "1,234,567"), (-1000, "-1,000")]
    )
    func grouped(_ number: Int, _ text: String) {
        #expect(number.grouped == text)
    }
}
