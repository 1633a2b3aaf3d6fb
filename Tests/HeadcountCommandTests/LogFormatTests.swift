import Headcount
import Testing

@testable import HeadcountCommand

@Suite("The format of a log")
struct LogFormatTests {
    /// What is read of a line, as text.
    private struct Read: Equatable {
        var format: String
        var address: String
        var forwarded: String?
        var time: String
        var request: String
        var status: Int
        var userAgent: String?

        init(_ format: String, _ line: LogLine) {
            self.format = format
            address = LogAddress.client(line.address).text
            forwarded = line.forwarded?.text
            time = "\(Day(containing: line.time)) \(line.time.milliseconds / 1000 % 86_400)"
            request = "\(line.method.text) \(line.target.text)"
            status = line.status
            userAgent = line.userAgent?.text
        }

        init(_ format: String, time: String, forwarded: String) {
            (self.format, self.time, self.forwarded) = (format, time, forwarded)
            (address, request, status, userAgent) = ("192.0.2.1", "GET /a?b=c", 200, "Mozilla/5.0 (X11)")
        }
    }

    /// Reads the last of the lines.
    private func read(_ lines: String, _ format: String? = nil) throws -> Read? {
        let recognised = try LogFormats.recognised()
        var reader = LogReader(try format.map(LogFormats.named), recognised: recognised)
        var read: Read?
        for line in lines.split(separator: "\n") {
            read = nil
            var line = String(line)
            line.withUTF8 { bytes in
                reader.read(bytes) { read = Read("", $0) }
            }
            read?.format = reader.formatName ?? ""
        }
        return read
    }

    private static let rest = #" - - [24/Nov/2026:10:00:00 +0000] "GET /a?b=c HTTP/1.1" 200 512"#
    private static let quoted = #" "https://x/" "Mozilla/5.0 (X11)""#

    @Test(
        "is recognised",
        arguments: [
            ("192.0.2.1\(rest)", "common", "192.0.2.1"),
            ("192.0.2.1\(rest)\(quoted)", "combined", "192.0.2.1"),
            ("192.0.2.1\(rest)\(quoted) 345 678", "combined", "192.0.2.1"),
            ("2001:db8::1\(rest)\(quoted)", "combined", "2001:db8::1"),
            ("client.example.org\(rest)\(quoted)", "combined", "client.example.org"),
            ("-\(rest)\(quoted)", "combined", "-"),
            // lighttpd logs the site's name in the second field.
            (
                #"192.0.2.1 example.org - [24/Nov/2026:10:00:00 +0000] "GET /a?b=c HTTP/1.1" 200 512\#(quoted)"#,
                "combined", "192.0.2.1"
            ),
            ("192.0.2.1, 10.0.0.1\(rest)\(quoted)", "combined", "192.0.2.1"),
            ("10.0.0.1, 192.0.2.1\(rest)\(quoted)", "combined", "192.0.2.1"),
            ("unknown, 192.0.2.1\(rest)\(quoted)", "combined", "192.0.2.1"),
            ("192.0.2.1:5000\(rest)\(quoted)", "combined", "192.0.2.1"),
            ("[2001:db8::1]:5000\(rest)\(quoted)", "combined", "2001:db8::1"),
            (#"192.0.2.1\#(rest)\#(quoted) "-""#, "main", "192.0.2.1"),
            (#"192.0.2.1\#(rest)\#(quoted) "192.0.2.7, 10.0.0.1" 0.004"#, "main", "192.0.2.1"),
            ("example.org 192.0.2.1\(rest)\(quoted)", "vhost_combined", "192.0.2.1"),
            ("example.org:443 192.0.2.1\(rest)\(quoted)", "vhost_combined", "192.0.2.1"),
            ("example.org 192.0.2.1\(rest)", "vhost_common", "192.0.2.1"),
            ("127.0.1.1:80 192.0.2.1\(rest)\(quoted)", "vhost_combined", "192.0.2.1"),
            // `kubectl logs --timestamps`
            ("2026-10-30T21:00:00.123456789Z 192.0.2.1\(rest)\(quoted)", "vhost_combined", "192.0.2.1"),
            ("192.0.2.1\(rest) 4567", "common", "192.0.2.1"),
        ]
    )
    func recognised(_ line: String, _ format: String, _ address: String) throws {
        let read = try #require(try read(line))
        #expect(read.format == format)
        #expect(read.address == address)
        #expect(read.time == "2026-11-24 36000")
        #expect(read.request == "GET /a?b=c")
        #expect(read.status == 200)
        #expect(read.userAgent == (format.hasSuffix("common") ? nil : "Mozilla/5.0 (X11)"))
    }

    @Test(
        "is not guessed",
        arguments: [
            // Something before the address.
            "Dec  4 18:30:00 web1 nginx: 192.0.2.1\(rest)\(quoted)", "Dec 14 18:30:00 web1 nginx: 192.0.2.1\(rest)",
            "<190>Oct 30 21:00:00 web1 nginx: 192.0.2.1\(rest)\(quoted)",
            "web-1  | 192.0.2.1\(rest)\(quoted)", "web-1 | 192.0.2.1\(rest)\(quoted)",
            "10.0.0.1 - 192.0.2.1\(rest)\(quoted)", "10.0.0.1 192.0.2.1\(rest)\(quoted)",
            "- 192.0.2.1\(rest)\(quoted)", "\"192.0.2.1\" 203.0.113.9\(rest)\(quoted)",
            "xff=192.0.2.1 203.0.113.9\(rest)\(quoted)", "203.0.113.9\(rest)\(quoted) 192.0.2.1",
            "192.0.2.1, 10.0.0.1 203.0.113.9\(rest)\(quoted)", "192.0.2.1:1230 203.0.113.9\(rest)\(quoted)",
            // The address is not where the format has it.
            #"example.org - 192.0.2.1 [24/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 512\#(quoted)"#,
            "192.0.2.1 example.org\(rest)\(quoted)", "7c9ffd2e\(rest)\(quoted)",
            // Another quoted field.
            #"192.0.2.1\#(rest) "0.004" "-" "Mozilla/5.0 (X11)""#, #"192.0.2.1\#(rest)\#(quoted) "example.org/a""#,
            #"192.0.2.1\#(rest) "Mozilla/5.0 (X11)" "192.0.2.7""#, #"192.0.2.1\#(rest) "-" "192.0.2.7, 10.0.0.1""#,
            #"192.0.2.1\#(rest) "Mozilla/5.0 (X11)" "https://x/""#, #"192.0.2.1\#(rest) "-" "0.004""#,
            #"192.0.2.1\#(rest) "Mozilla/5.0 (X11)""#,
            "hello", "{\"hello\": 1}", "2026-11-24\t10:00:00\t192.0.2.1",
        ]
    )
    func unknown(_ line: String) throws {
        #expect(try read(line) == nil)
    }

    @Test("cut short anywhere does not fit")
    func cut() throws {
        let line = "192.0.2.1\(Self.rest)\(Self.quoted)"
        let common = "192.0.2.1\(Self.rest)"
        for length in 0..<line.count where !(common.count - 2...common.count + 1).contains(length) {
            #expect(try read(String(line.prefix(length))) == nil, "\(length)")
        }
    }

    @Test(
        "may have quotes and unusual fields",
        arguments: [
            (#"GET /\"x HTTP/1.1" 404 1 "-" "a \"b\" \\"#, #"GET /\"x"#, #"a \"b\" \\"#),
            (#"GET / HTTP/1.1" 200 - "-" "-"#, "GET /", ""), (#"POST / HTTP/1.1" 200 1 "-" ""#, "POST /", ""),
            (#"" 400 0 "-" "-"#, " ", ""), (#"-" 408 - "-" "-"#, " ", ""), (#"\x16\x03\x01" 400 150 "-" "-"#, " ", ""),
            (#"GET /" 200 1 "" "x"#, "GET /", "x"),
        ]
    )
    func oddities(_ line: String, _ request: String, _ userAgent: String) throws {
        let read = try read("192.0.2.1 - - [24/Nov/2026:10:00:00 +0000] \"\(line)\"")
        #expect(read?.request == request)
        #expect(read?.userAgent == userAgent)
    }

    @Test(
        "belongs to a day of UTC",
        arguments: [
            ("24/Nov/2026:00:30:00 +0100", "2026-11-23 84600"), ("24/Nov/2026:23:30:00 -0100", "2026-11-25 1800"),
            ("01/Jan/2027:00:00:00 +0530", "2026-12-31 66600"), ("29/Feb/2028:12:00:00 +0000", "2028-02-29 43200"),
            ("31/Dec/2026:23:59:60 +0000", "2027-01-01 0"), ("31/Dec/9999:23:59:59 +0000", "9999-12-31 86399"),
            ("01/Jan/1970:14:00:00 +1400", "1970-01-01 0"),
        ]
    )
    func days(_ stamp: String, _ time: String) throws {
        #expect(try read("192.0.2.1 - - [\(stamp)] \"GET / HTTP/1.0\" 200 1 \"-\" \"-\"")?.time == time)
    }

    @Test(
        "has no impossible time",
        arguments: [
            "00/Nov/2026:10:00:00 +0000", "32/Dec/2026:10:00:00 +0000", "24/Nov/2026:24:00:00 +0000",
            "24/Nov/2026:10:75:00 +0000", "24/Nov/2026:10:00:61 +0000", "24/Nov/2026:10:00:00 +9999",
            "24/Nov/2026:10:00:00 +0060", "24/Nov/0000:10:00:00 +0000", "31/Feb/2026:10:00:00 +0000",
            "29/Feb/2026:10:00:00 +0000", "01/Jan/1970:00:00:00 +0100",
            "31/Dec/9999:23:30:00 -0100", "24/Nov/2026 10:00:00 +0000", "24-Nov-2026:10:00:00 +0000",
            "24/Nov/2026:10:00:00 00000", "24/Nix/2026:10:00:00 +0000",
        ]
    )
    func impossibleTimes(_ stamp: String) throws {
        #expect(try read("192.0.2.1 - - [\(stamp)] \"GET / HTTP/1.0\" 200 1 \"-\" \"-\"") == nil)
    }

    @Test(
        "may be given as nginx's log_format",
        arguments: [
            (#"$_ $_ $combined"#, "10.0.0.1 - 192.0.2.1\(rest)\(quoted)"),
            (#"$_ $_ $_ $_ $_ $combined"#, "Dec  4 18:30:00 web1 nginx: 192.0.2.1\(rest)\(quoted)"),
            (#"$_ | $combined $_"#, "web-1   | 192.0.2.1\(rest)\(quoted) \"a b\" 0.004"),
            (
                #"$remote_addr [$time_iso8601] "$request" $status "$http_user_agent""#,
                #"192.0.2.1 [2026-11-24T11:00:00+01:00] "GET /a?b=c HTTP/2" 200 "Mozilla/5.0 (X11)""#
            ),
            (
                #"$msec $remote_addr $request_method $request_uri $status $upstream_addr "$http_user_agent""#,
                #"1795514400.123 192.0.2.1 GET /a?b=c 200 10.0.0.1:80, 10.0.0.2:80 "Mozilla/5.0 (X11)""#
            ),
            (
                #"{"t":"$time_iso8601","a":"${remote_addr}","r":"$request","s":$status,"u":"$http_user_agent"}"#,
                #"{"t":"2026-11-24T10:00:00Z","a":"192.0.2.1","r":"GET /a?b=c HTTP/1.1","s":200,"u":"Mozilla/5.0 (X11)"}"#
            ),
            (
                "ingress-nginx",
                "192.0.2.1 - [192.0.2.1]\(rest)\(quoted) 563 0.102 [default-web-80] 100.96.4.34:8080 39615 0.102 200"
            ),
            (
                "nginx-proxy-manager",
                #"[24/Nov/2026:10:00:00 +0000] - 200 200 - GET https example.org "/a?b=c" [Client 192.0.2.1] [Length 1024] [Gzip -] [Sent-to 10.0.0.5] "Mozilla/5.0 (X11)" "https://x/""#
            ),
            ("$combined $_", #"192.0.2.1\#(rest)\#(quoted) 7 "web@docker" "http://10.0.0.5:80" 3ms"#),
        ]
    )
    func given(_ format: String, _ line: String) throws {
        let read = try #require(try read(line, format))
        #expect(read.address == "192.0.2.1")
        #expect(read.time == "2026-11-24 36000")
        #expect(read.request == "GET /a?b=c")
        #expect(read.status == 200)
        #expect(read.userAgent == "Mozilla/5.0 (X11)")
        #expect(try self.read("- \(line)", format) == nil)
    }

    @Test(
        "must say what is needed",
        arguments: [
            ("$remote_addr $time_local $request", "$status"), ("$time_local $request $status", "$remote_addr"),
            ("$remote_addr $request $status", "$time_local"), ("$remote_addr $msec $uri $status", "$request_uri"),
            ("$remote_addr$msec $request $status", "needs text before $msec"), ("apache", "combined, main, common"),
        ]
    )
    func incomplete(_ format: String, _ expected: String) {
        let error = #expect(throws: InvalidValue.self) { try LogFormats.named(format) }
        #expect(error?.reason.contains(expected) == true)
    }

    @Test("of Caddy is JSON")
    func caddy() throws {
        let line = #"""
            {"level":"info","ts":1795514400.5,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"10.0.0.1","remote_port":"5000","client_ip":"192.0.2.1","proto":"HTTP/2.0","method":"GET","host":"example.org","uri":"/a?b=c","headers":{"User-Agent":["Mozilla/5.0 (X11)"],"X-Forwarded-For":["192.0.2.7, 10.0.0.9"]}},"duration":0.001,"size":512,"status":200}
            """#
        let read = try #require(try read(line))
        #expect(read == Read("caddy", time: "2026-11-24 36000", forwarded: "192.0.2.7, 10.0.0.9"))
        for time in ["\"2026-11-24T11:00:00.500+0100\"", "\"2026-11-24T10:00:00Z\""] {
            #expect(try self.read(line.replacing("1795514400.5", with: time)) == read)
        }
        let older = line.replacing(
            #""remote_ip":"10.0.0.1","remote_port":"5000","client_ip":"192.0.2.1""#,
            with: #""remote_addr":"192.0.2.1:5000""#
        )
        #expect(try self.read(older) == read)
        for (old, new) in [("status", "x"), ("remote_addr", "x"), ("handled request", "upstream roundtrip")] {
            #expect(try self.read(older.replacing(old, with: new)) == nil)
        }
    }

    @Test("of CloudFront names its fields")
    func cloudFront() throws {
        let header = "#Version: 1.0\n#Fields: date time sc-bytes c-ip cs-method cs-uri-stem sc-status cs(User-Agent)"
        let line = "2026-11-24\t10:00:00\t512\t192.0.2.1\tGET\t/c%2523\t200\tMozilla/5.0%20(X11)"
        let read = try read("\(header) x-forwarded-for\n\(line)\t192.0.2.7,%2010.0.0.9")
        var expected = Read("cloudfront", time: "2026-11-24 36000", forwarded: "192.0.2.7, 10.0.0.9")
        expected.request = "GET /c%23"
        #expect(read == expected)
        #expect(try self.read("\(header)\n\(line)")?.forwarded == nil)
        #expect(try self.read("\(header)\n\(line)") != nil)
        #expect(try self.read("#Fields: date time c-ip\n2026-11-24\t10:00:00\t192.0.2.1") == nil)
        #expect(try self.read("\(header)\n2026-11-24\t10:00:00\t512") == nil)
    }
}
