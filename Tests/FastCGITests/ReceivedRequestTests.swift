import Headcount
import Testing

@testable import FastCGI

@Suite("The records of a request")
struct ReceivedRequestTests {
    private enum Kind: Equatable {
        case complete, incomplete, malformed
    }

    private func parse(_ bytes: [UInt8]) -> ReceivedRequest.ParseResult {
        bytes.withUnsafeBytes { ReceivedRequest.parse($0) }
    }

    private func kind(_ bytes: [UInt8]) -> Kind {
        switch parse(bytes) {
        case .complete: .complete
        case .incomplete: .incomplete
        case .malformed: .malformed
        }
    }

    @Test("are complete at their last byte, and incomplete at every byte before")
    func prefixes() {
        let bytes = Records.request(body: [1, 2, 3], id: 0x0102)
        for length in 0..<bytes.count { #expect(kind(Array(bytes[..<length])) == .incomplete) }
        #expect(kind(bytes) == .complete)
        #expect(kind(bytes + [1]) == .malformed)
    }

    @Test("become a request", arguments: [true, false])
    func request(_ keepsConnection: Bool) throws {
        let long = String(repeating: "x", count: 300)
        let pairs = [
            ("REQUEST_METHOD", "POST"), ("REQUEST_URI", "/headcount?page=/x"), ("QUERY_STRING", "page=/x"),
            ("REMOTE_ADDR", "2001:db8::1"), ("HTTP_USER_AGENT", long), ("EMPTY", ""), (long, long),
        ]
        guard case .complete(let received) = parse(Records.request(pairs, id: 0x0102, keep: keepsConnection)) else {
            Issue.record("not complete")
            return
        }
        #expect(received.id == 0x0102)
        #expect(received.keepsConnection == keepsConnection)
        #expect(received.request.method == .post)
        #expect(received.request.path == "/headcount")
        #expect(received.request.query == "page=/x")
        #expect(received.request.address == IPAddress("2001:db8::1"))
        #expect(received.request.userAgent == long)
    }

    @Test("are malformed unless they are one request to a responder")
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
        for bytes in malformed { #expect(kind(bytes) == .malformed, "\(bytes)") }
    }

    private func kind(ofParameters parts: [[UInt8]]) -> Kind {
        let records = parts.flatMap { Records.record(4, $0) }
        return kind(Records.begin() + records + Records.record(4, []) + Records.record(5, []))
    }

    @Test("are malformed when a parameter claims more bytes than there are")
    func claims() {
        let huge: [UInt8] = [0xFF, 0xFF, 0xFF, 0xF0, 0x80, 0, 0, 0x10] + [UInt8](repeating: 0x41, count: 60_000)
        let claims: [[[UInt8]]] = [
            [huge], [[0xFF, 0xFF, 0xFF, 0xFF, 0]], [[0x80, 0, 0]], [[1]], [[1, 1, 0x41]], [[1, 1, 0x41, 0x42, 0]],
            [[0x80], [0, 0, 1, 1], [0x41]],
        ]
        for parts in claims { #expect(kind(ofParameters: parts) == .malformed, "\(parts.map { $0.prefix(9) })") }
    }

    @Test("may split a parameter anywhere")
    func splits() {
        let pair = Records.parameters([("N", String(repeating: "v", count: 300))])
        for cut in 1..<pair.count {
            #expect(kind(ofParameters: [Array(pair[..<cut]), Array(pair[cut...])]) == .complete)
        }
        #expect(kind(ofParameters: []) == .complete)
    }

    @Test("carry a response of any length", arguments: [0, 1, 60_000, 70_000, 200_000])
    func response(_ length: Int) {
        let body = String(repeating: "x", count: length)
        var records: [UInt8] = []
        records.appendRecords(of: Response(status: .ok, body: body), to: 0x0102)
        var output: [UInt8] = []
        var types: [UInt8] = []
        var rest = records[...]
        while rest.count >= 8 {
            let header = Array(rest.prefix(8))
            #expect(header[0] == 1 && header[2] == 1 && header[3] == 2)
            let length = Int(header[4]) << 8 | Int(header[5])
            if header[1] == 6 { output += rest.dropFirst(8).prefix(length) }
            types.append(header[1])
            rest = rest.dropFirst(8 + length + Int(header[6]))
        }
        #expect(rest.isEmpty)
        #expect(types.suffix(2) == [6, 3])
        #expect(
            String(decoding: output, as: UTF8.self) == "Status: 200 OK\r\nContent-Length: \(length)\r\n\r\n" + body
        )
    }

    /// A generator that gives the same numbers in every run (Steele, Lea and Flood, “Fast splittable pseudorandom number
    /// generators”).
    private struct SplitMix64: RandomNumberGenerator {
        var state: UInt64 = 1

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    @Test("are never read past their end, whatever their bytes are")
    func corrupted() {
        var generator = SplitMix64()
        let request = Records.request(
            [("REQUEST_METHOD", "GET"), ("N", String(repeating: "v", count: 200))],
            body: [1, 2]
        )
        var kinds: [Kind] = []
        for _ in 0..<20_000 {
            var bytes = request
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
                    in: .min ... .max,
                    using: &generator
                )
            }
            // A heap allocation of the exact size; a debug build traps on an index outside of it.
            kinds.append(kind(Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))))
        }
        for kind in [Kind.complete, .incomplete, .malformed] { #expect(kinds.contains(kind)) }
    }
}
