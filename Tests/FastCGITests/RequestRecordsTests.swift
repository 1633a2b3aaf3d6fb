import Testing

@testable import FastCGI

@Suite("The records of a request")
struct RequestRecordsTests {
    private func parse(_ bytes: [UInt8]) -> RequestRecords {
        bytes.withUnsafeBytes { RequestRecords($0) }
    }

    @Test("are whole at their last byte, and partial at every one before")
    func prefixes() {
        let bytes = Records.request(body: [1, 2, 3], id: 0x0102)
        for length in 0..<bytes.count { #expect(parse(Array(bytes[..<length])) == .partial) }
        #expect(parse(bytes) == .whole(length: bytes.count))
        #expect(parse(bytes + [1]) == .whole(length: bytes.count))
    }

    @Test("are malformed when they are not one responder's request")
    func malformed() {
        let begin = Records.begin()
        let params = Records.record(4, [])
        let malformed: [[UInt8]] = [
            Records.record(1, [0, 1, 0, 0, 0, 0, 0, 0], version: 2), Array("GET / HTTP/1.1\r\n".utf8),
            Records.begin(role: 2), Records.begin(id: 0), Records.record(1, [0, 1]), params, begin + begin,
            begin + Records.record(2, []), begin + Records.record(5, []), begin + Records.record(4, id: 2, []),
            begin + params + Records.record(5, id: 2, []), begin + params + params, Records.record(9, id: 0, []),
            begin + params + Records.record(8, []),
        ]
        for bytes in malformed { #expect(parse(bytes) == .malformed, "\(bytes)") }
    }

    @Test("are malformed when a parameter claims more than there is, however it is cut")
    func claims() {
        func request(_ parts: [[UInt8]]) -> RequestRecords {
            parse(
                Records.begin() + parts.flatMap { Records.record(4, $0) } + Records.record(4, [])
                    + Records.record(5, [])
            )
        }
        let huge: [UInt8] = [0xFF, 0xFF, 0xFF, 0xF0, 0x80, 0, 0, 0x10] + [UInt8](repeating: 0x41, count: 60_000)
        let claims: [[[UInt8]]] = [
            [huge], [[0xFF, 0xFF, 0xFF, 0xFF, 0]], [[0x80, 0, 0]], [[1]], [[1, 1, 0x41]], [[1, 1, 0x41, 0x42, 0]],
            [[0x80], [0, 0, 1, 1], [0x41]],
        ]
        for parts in claims { #expect(request(parts) == .malformed, "\(parts.map { $0.prefix(9) })") }

        let pair = Records.parameters([("N", String(repeating: "v", count: 300))])
        for cut in 1..<pair.count {
            guard case .whole = request([Array(pair[..<cut]), Array(pair[cut...])]) else {
                Issue.record("cut at \(cut)")
                return
            }
        }
    }

    @Test("are malformed when there are more of them, or of parameters, than a web server sends")
    func flood() {
        func request(_ params: [UInt8]) -> RequestRecords {
            parse(Records.begin() + Records.record(4, params) + Records.record(4, []) + Records.record(5, []))
        }
        let pairs = Records.parameters(Array(repeating: ("N", ""), count: 1000))
        guard case .whole = request(pairs) else { return _ = Issue.record("a thousand parameters") }
        #expect(request(pairs + [1, 0, 0x4E]) == .malformed)
        #expect(request([0, 0]) == .malformed)
        #expect(request([0, 1, 0x76]) == .malformed)

        let pieces = Records.parameters(Array(repeating: ("N", "v"), count: 249)).map { Records.record(4, [$0]) }
        let (begin, end) = (Records.begin(), Records.record(4, []) + Records.record(5, []))
        guard case .whole = parse(begin + pieces.joined() + end) else { return _ = Issue.record("996 pieces") }
        #expect(parse(begin + (pieces + pieces).joined() + end) == .malformed)
    }
}
