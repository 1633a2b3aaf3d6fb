import Headcount
import Testing

@testable import FastCGI

@Suite("CGI's meta-variables")
struct CGITests {
    private func request(_ variables: [String]) -> Request {
        var parsed = MetaVariables()
        for variable in variables {
            let parts = variable.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let (name, value) = (Array(parts[0].utf8), Array(parts[1].utf8))
            name.withUnsafeBytes { name in value.withUnsafeBytes { parsed.read(name, $0) } }
        }
        return parsed.request
    }

    @Test("become a request")
    func all() {
        let request = request([
            "REQUEST_METHOD=POST", "REQUEST_URI=/headcount?page=/x", "QUERY_STRING=page=/x", "REMOTE_ADDR=192.0.2.1",
            "HTTP_USER_AGENT=Mozilla/5.0", "HTTP_ORIGIN=https://a.test", "HTTP_X_FORWARDED_FOR=203.0.113.1",
            "REMOTE_ADDRESS=1", "HTTP_USER_AGENTS=no", "PATH_INFO=",
        ])
        #expect(request.method == .post)
        #expect(request.path == "/headcount")
        #expect(request.query == "page=/x")
        #expect(request.address == IPAddress("192.0.2.1"))
        #expect(request.userAgent == "Mozilla/5.0")
        #expect(request.origin == "https://a.test")
    }

    @Test(
        "mark a prefetch",
        arguments: [
            ("HTTP_SEC_PURPOSE=prefetch", true), ("HTTP_SEC_PURPOSE=prefetch;prerender", true),
            ("HTTP_SEC_PURPOSE=prefetch;anonymous-client-ip", true), ("HTTP_PURPOSE=prefetch", true),
            ("HTTP_PURPOSE=Prefetch", true), ("HTTP_X_PURPOSE=preview", true), ("HTTP_X_MOZ=prefetch", true),
            ("HTTP_X_MOZ=livebookmarks", false), ("HTTP_PURPOSE=", false), ("HTTP_X_PURPOSES=preview", false),
        ]
    )
    func prefetch(_ variable: String, _ isPrefetch: Bool) {
        #expect(request([variable, "HTTP_X_PURPOSE="]).isPrefetch == isPrefetch)
    }

    @Test(
        "carry the id of the request",
        arguments: [
            ("REQUEST_ID=00000000000000ff0123456789abcdef", RequestID(bits: 255)), ("REQUEST_ID=", nil),
            ("REQUEST_ID=00000000000000ff0123456789abcde", nil), ("REQUEST_ID=00000000000000ff0123456789abcdeg", nil),
            ("REQUEST_ID=+0000000000000ff0123456789abcdef", nil),
            ("HTTP_REQUEST_ID=00000000000000ff0123456789abcdef", nil),
        ]
    )
    func id(_ variable: String, _ id: RequestID?) {
        #expect(request([variable]).id == id)
    }

    @Test("carry the credentials")
    func authorization() {
        #expect(request(["HTTP_AUTHORIZATION=Basic eDp5"]).authorization == "Basic eDp5")
        #expect(request(["HTTP_AUTHORIZATIONS=x"]).authorization == nil)
    }

    @Test(
        "carry the session among other cookies",
        arguments: [
            ("headcount=1.a+/=", "1.a+/="), ("a=b; headcount=x;c=d", "x"), ("headcount=x; headcount=y", "x"),
            ("headcount=", ""), ("headcount", ""), ("Headcount=x", nil), ("a=headcount=x", nil), ("headcounts=x", nil),
            (";; ;", nil), ("", nil),
        ] as [(String, String?)]
    )
    func session(_ cookies: String, _ session: String?) {
        #expect(request(["HTTP_COOKIE=\(cookies)"]).session == session)
    }

    @Test(
        "name the path by PATH_INFO, else by REQUEST_URI",
        arguments: [
            (["PATH_INFO=/headcount", "REQUEST_URI=/cgi-bin/headcount/headcount"], "/headcount"),
            (["REQUEST_URI=/headcount?a?b"], "/headcount"),
            (["REQUEST_URI=http://h.test/headcount?x"], "/headcount"), (["REQUEST_URI=http://h.test"], ""), ([], ""),
            (["REQUEST_URI=/redirect?to=http://h.test/"], "/redirect"),
        ]
    )
    func path(_ variables: [String], _ path: String) {
        #expect(request(variables).path == path)
        #expect(request(variables).isBelowBasePath == (variables.first?.hasPrefix("PATH_INFO") == true))
    }

    @Test(
        "say whether the browser's connection uses TLS",
        arguments: [
            (["HTTPS=on"], true), (["HTTPS=on", "HTTP_X_FORWARDED_PROTO=http"], true), (["HTTPS=off"], false),
            (["HTTPS="], false), (["HTTP_X_FORWARDED_PROTO=https"], true),
            (["HTTP_X_FORWARDED_PROTO=https", "HTTPS="], true), (["HTTP_X_FORWARDED_PROTO=http"], false), ([], false),
        ]
    )
    func isSecure(_ variables: [String], _ isSecure: Bool) {
        #expect(request(variables).isSecure == isSecure)
    }

    @Test("carry Host and If-None-Match")
    func hostAndTag() {
        let parsed = request(["HTTP_HOST=a.test:8080", #"HTTP_IF_NONE_MATCH=W/"0a""#, "HTTP_HOSTS=b.test"])
        #expect(parsed.host == "a.test:8080")
        #expect(parsed.ifNoneMatch == #"W/"0a""#)
        #expect(request([]).host.isEmpty && request([]).ifNoneMatch.isEmpty)
    }

    @Test(
        "name the prefix by SCRIPT_NAME, if there is a PATH_INFO",
        arguments: [
            (["SCRIPT_NAME=/hc.cgi", "PATH_INFO=/headcount"], "/hc.cgi"),
            (["PATH_INFO=/headcount", "SCRIPT_NAME=/hc.cgi"], "/hc.cgi"),
            (["SCRIPT_NAME=", "PATH_INFO=/headcount"], ""), (["SCRIPT_NAME=/\u{E9}", "PATH_INFO=/x"], "/%C3%A9"),
            (["SCRIPT_NAME=/headcount", "PATH_INFO=", "REQUEST_URI=/headcount"], ""),
        ]
    )
    func scriptName(_ variables: [String], _ name: String) {
        #expect(request(variables).scriptName == name)
    }

    @Test("percent-encode what is not ASCII")
    func encoding() {
        #expect(request(["QUERY_STRING=page=/\u{E9}"]).query == "page=/%C3%A9")
    }

    @Test("are answered with a status, fields and, except for HEAD, a body")
    func response() {
        var response = Response(status: .ok, fields: [.init("A", "b")], body: "é")
        var bytes: [UInt8] = []
        response.appendCGI(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "Status: 200 OK\r\nA: b\r\nContent-Length: 2\r\n\r\né")
        bytes = []
        response.omitsBody = true
        response.appendCGI(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "Status: 200 OK\r\nA: b\r\nContent-Length: 2\r\n\r\n")
        for (status, line) in [(Response.Status.noContent, "204 No Content"), (.notModified, "304 Not Modified")] {
            bytes = []
            Response(status: status).appendCGI(to: &bytes)
            #expect(String(decoding: bytes, as: UTF8.self) == "Status: \(line)\r\n\r\n")
        }
    }
}
