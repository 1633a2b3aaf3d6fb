import Headcount
import Testing

@Suite("A number as text")
struct TextTests {
    @Test(
        "has a comma before each group of three digits",
        arguments: [(0, "0"), (999, "999"), (1234567, "1,234,567"), (-1000, "-1,000"), (100_007, "100,007")]
    )
    func grouped(_ number: Int, _ text: String) {
        #expect(number.grouped == text)
    }

    @Test("has two hexadecimal digits for each byte")
    func hexadecimal() {
        #expect(([0x00, 0x0A, 0xFF] as [UInt8]).hexadecimal == "000aff")
        #expect("09afAF".utf8.map(\.hexadecimalDigitValue) == [0, 9, 10, 15, 10, 15])
        #expect("/:@`gG".utf8.allSatisfy { $0.hexadecimalDigitValue == nil })
    }
}
