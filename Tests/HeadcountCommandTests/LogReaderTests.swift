import Testing

@testable import HeadcountCommand

@Suite("A log that does not fit")
struct LogReaderTests {
    private let good = #"192.0.2.1 - - [24/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 512 "-" "x""#

    private func refusal(_ lines: [String], _ format: String? = nil, visits: Int = 0) throws -> [String]? {
        var reader = LogReader(try format.map(LogFormats.named), recognised: try LogFormats.recognised())
        for var line in lines { line.withUTF8 { reader.read($0) { _ in } } }
        return reader.refusal(visits: visits)
    }

    @Test("is refused with the first such line, and what was expected where")
    func place() throws {
        let refusal = try #require(try refusal([good, good, "192.0.2.1 - x", "y"]))
        #expect(refusal[0] == "2 of 4 lines do not fit the format combined; nothing was changed")
        #expect(
            refusal[1...2] == ["line 3: 192.0.2.1 - x", "                    ^ expected a name that is not an address"]
        )
    }

    @Test("is refused if more than one line in ten does not fit", arguments: [(9, true), (10, false)])
    func share(_ fitting: Int, _ isRefused: Bool) throws {
        #expect((try refusal([String](repeating: good, count: fitting - 1) + ["x"]) != nil) == isRefused)
    }

    @Test("is refused if its lines have different formats")
    func twoFormats() throws {
        let common = good.replacing(#" "-" "x""#, with: "")
        let refusal = try #require(try refusal([good] + [String](repeating: common, count: 10)))
        #expect(refusal[0] == "10 of 11 lines do not fit the format combined; nothing was changed")
    }

    @Test("is refused with what would fit JSON, or CloudFront's lines without a header")
    func others() throws {
        #expect(try refusal([#"{"ts": 1, "msg": "x"}"#])?[2].contains("expected Caddy's JSON") == true)
        let fields = "#Fields: date time c-ip cs-method cs-uri-stem sc-status sc-bytes cs(User-Agent)"
        let line = "2026-11-24\t10:00:00\t192.0.2.1\tGET\t/\t200\t512\tx"
        #expect(try refusal([line, fields, line])?[1] == "line 1: 2026-11-24?10:00:00?192.0.2.1?GET?/?200…")
        #expect(try refusal(["#Version: 1.0", fields, line]) == nil)
        #expect(
            try refusal(["#Version: 1.0", "#Fields: date time s-ip", "2026-11-24 10:00:00 x"])?[0].hasPrefix(
                "the format is"
            ) == true
        )
    }

    @Test(
        "is refused if the lines that put its format in doubt may be the visits",
        arguments: ["74.25", "HIT", "example.org"]
    )
    func doubt(_ value: String) throws {
        let lines = [String](repeating: #"\#(good) "-""#, count: 40) + [#"\#(good) "\#(value)""#]
        #expect(try refusal(lines, visits: 0)?[2].contains("X-Forwarded-For") == true)
        #expect(try refusal(lines, visits: 9) != nil)
        #expect(try refusal(lines, visits: 10) == nil)
        #expect(try refusal(lines, "main") == nil)
        let users = [String](repeating: good, count: 40) + [good.replacing("- [", with: "192.0.2.9 [")]
        #expect(try refusal(users, visits: 0)?[2].contains("a name that is not an address") == true)
        let others = [String](repeating: good, count: 40) + ["hello"]
        #expect(try refusal(others, visits: 0) == nil)
    }

    @Test("is not what a client sends in its headers", arguments: ["https://example.org/bot", "1.0", "192.0.2.9"])
    func headers(_ value: String) throws {
        let line = good.replacing(#""x""#, with: "\"\(value)\"")
        #expect(try refusal([line]) != nil)
        #expect(try refusal([good, line]) == nil)
        #expect(try refusal([line], "combined") == nil)
    }

    @Test(
        "names a format that fits",
        arguments: [
            ("10.0.0.1 - %", "if the client's address is 192.0.2.1, pass --format '$_ $_ $combined'"),
            (
                "Dec 14 18:30:00 web1 nginx: %",
                "if the client's address is 192.0.2.1, pass --format '$_ $_ $_ $_ $_ $combined'"
            ),
            (
                #"192.0.2.1 - [192.0.2.1] - - [24/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 512 "-" "x" 1 2"#,
                "if the client's address is 192.0.2.1, pass --format 'ingress-nginx'"
            ),
            (
                #"192.0.2.1 - - [2026-11-24T10:00:00+00:00] "GET / HTTP/1.1" 200 512"#,
                #"if the client's address is 192.0.2.1, pass --format '$remote_addr $_ $_ [$time_iso8601] "$request" $status $body_bytes_sent'"#
            ),
            (
                #"192.0.2.1 198.51.100.5 - [24/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 512 "-" "x""#,
                "if the client's address is 192.0.2.1, pass --format 'lighttpd'"
            ),
            (
                #"% 7 "web@docker" "http://10.0.0.5:80" 3ms"#,
                "if the client's address is 192.0.2.1, pass --format 'traefik'"
            ),
            (
                #"[24/Nov/2026:10:00:00 +0000] - 200 200 - GET https example.org "/" [Client 192.0.2.1] [Length 1024] [Gzip -] [Sent-to 10.0.0.5] "x" "-""#,
                "if the client's address is 192.0.2.1, pass --format 'nginx-proxy-manager'"
            ),
            // Another address may be the client's, or another field its User-Agent.
            ("198.51.100.7 %", "pass the server's log_format by --format, or leave such lines out"),
            ("198.51.100.7, 10.0.0.5 %", "pass the server's log_format by --format, or leave such lines out"),
            ("\"198.51.100.7\" %", "pass the server's log_format by --format, or leave such lines out"),
            ("198.51.100.7:80 %", "pass the server's log_format by --format, or leave such lines out"),
            (
                #"192.0.2.1 - j doe [24/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 512 "-" "x""#,
                "pass the server's log_format by --format, or leave such lines out"
            ),
            (#"% "x""#, "if that field is X-Forwarded-For, pass --format main, or else the server's log_format"),
        ]
    )
    func suggestion(_ line: String, _ remedy: String) throws {
        let line = line.replacing("%", with: good)
        #expect(try refusal([line])?.last?.hasPrefix("\(remedy); see") == true)
        if let format = remedy.split(separator: "'").last, remedy.hasSuffix("'") {
            #expect(try refusal([line], String(format)) == nil)
        }
    }
}
