import Headcount
import Testing

@testable import HeadcountCommand

@Suite("The target of a request in a log")
struct LogPagesTests {
    /// What a target is, with the page's path instead of its number.
    private enum Result: Equatable {
        case page(String)
        case file(String)
        case counter
        case other
    }

    private func result(_ target: String, in pages: inout LogPages) -> Result {
        var target = target
        return switch target.withUTF8({ pages.target($0) }) {
        case .page(let number): .page(pages.pages[number].path)
        case .file(let ending): .file(pages.endings[ending])
        case .counter: .counter
        case .other: .other
        }
    }

    private func result(
        _ target: String,
        _ settings: Configuration = Configuration(),
        countedEndings: Set<String> = [],
        isCounterElsewhere: Bool = false
    ) -> Result {
        var pages = LogPages(settings, countedEndings: countedEndings, isCounterElsewhere: isCounterElsewhere)
        return result(target, in: &pages)
    }

    @Test("is a page, and the same page by any spelling that a browser names alike")
    func numbers() {
        var pages = LogPages(Configuration())
        let targets = ["/a", "/a/", "/a?b=/c", "/%61", "http://x/a//", "/b", "/a%2F"]
        let numbers = targets.map { target in
            var target = target
            return target.withUTF8 { pages.target($0) }
        }
        #expect(numbers == [0, 0, 0, 0, 0, 1, 2].map(LogTarget.page))
        #expect(pages.pages.map(\.path) == ["/a", "/b", "/a%2F"])
    }

    @Test(
        "is named as decodeURI names it",
        arguments: [
            ("/tags/c%23", "/tags/c%23"), ("/tags/c", "/tags/c"), ("/wiki/What%3F", "/wiki/What%3F"),
            ("/wiki/AC%2FDC", "/wiki/AC%2FDC"), ("/wiki/AC/DC", "/wiki/AC/DC"), ("/a%26b", "/a%26b"),
            ("/a%2Bb", "/a%2Bb"), ("/a%3Db", "/a%3Db"), ("/x%40y", "/x%40y"), ("/x%3Ay", "/x%3Ay"),
            ("/x%3By", "/x%3By"), ("/x%2Cy", "/x%2Cy"), ("/x%24y", "/x%24y"), ("/caf%C3%A9", "/café"),
            ("/a%20b", "/a b"), ("/100%25", "/100%"), ("/caf%E9", "/caf%E9"), ("/100%", "/100%"), ("/%zz", "/%zz"),
            ("/a+b", "/a+b"), ("//a", "//a"), ("//", "/"), ("/a#b", "/a"),
        ]
    )
    func encoded(_ target: String, _ page: String) {
        #expect(result(target) == .page(page))
    }

    @Test(
        "may have bytes that the server escaped in its log",
        arguments: [
            // nginx
            (#"/caf\xC3\xA9"#, "/café"), (#"/caf\xE9"#, "/caf%E9"), (#"/a\x22b"#, #"/a"b"#),
            (#"/a\x5Cx41"#, #"/a\x41"#),
            (#"/\xC3\xA9%"#, "/%C3%A9%"), (#"/\x22%"#, "/%22%"),
            // Apache HTTP Server
            (#"/caf\xc3\xa9"#, "/café"), (#"/caf\xe9"#, "/caf%E9"), (#"/a\"b"#, #"/a"b"#), (#"/a\\x41"#, #"/a\x41"#),
            (#"/a\\\"b"#, #"/a\"b"#), (#"/\"%"#, "/%22%"),
            // Servers that write it as it came
            ("/café", "/café"), ("/é%", "/%C3%A9%"), (#"/a\"#, #"/a\"#), (#"/a\xz"#, #"/a\xz"#), (#"/a\x4"#, #"/a\x4"#),
        ]
    )
    func escaped(_ target: String, _ page: String) {
        #expect(result(target) == .page(page))
    }

    @Test(
        "may be a whole URL",
        arguments: [
            ("http://example.com/", "/"), ("http://example.com/about", "/about"),
            ("https://example.com/about?x=1", "/about"), ("http://example.com", "/"), ("https://example.com?x=/y", "/"),
            ("http://example.com/http://other/", "/http://other"),
        ]
    )
    func absolute(_ target: String, _ page: String) {
        #expect(result(target) == .page(page))
    }

    @Test(
        "is a file by its ending, but not with a trailing slash",
        arguments: [
            ("/x.css", .file("css")), ("/x.PNG?v=1", .file("png")), ("/feed.xml", .file("xml")),
            ("/a.tar.gz", .file("gz")),
            ("/robots.txt", .file("txt")), ("/x%2Ecss", .file("css")), ("/100%.css", .file("css")),
            ("http://example.com/x.css", .file("css")), ("/blog/intro-to-node.js", .file("js")),
            ("/tag/node.js/", .page("/tag/node.js")), ("/tag/node/", .page("/tag/node")),
            ("/tag/node.js/?page=2", .page("/tag/node.js")), ("/x.css%2F", .page("/x.css%2F")),
            ("/a.html", .page("/a.html")), ("/v1.2", .page("/v1.2")), ("/john.doe", .page("/john.doe")),
            ("/a.php", .page("/a.php")), ("/x.css/y", .page("/x.css/y")),
        ] as [(String, Result)]
    )
    private func files(_ target: String, _ expected: Result) {
        #expect(result(target) == expected)
    }

    @Test("counts as a page if its ending does")
    func countedEndings() {
        #expect(result("/blog/intro-to-node.JS", countedEndings: ["js"]) == .page("/blog/intro-to-node.JS"))
        #expect(result("/x.css", countedEndings: ["js"]) == .file("css"))
    }

    @Test(
        "may be the counter itself",
        arguments: [
            "/headcount", "/headcount?page=/a", "/headcount/stats", "/headcount/", "/headcount.js", "/%68eadcount",
            "/cgi-bin/my.cgi/headcount", "http://example.com/headcount",
        ]
    )
    func counter(_ target: String) {
        #expect(result(target) == .counter)
    }

    @Test("is not the counter if it only looks like it", arguments: ["/my.cgi/else", "/my/headcount", "/stats"])
    func notCounter(_ target: String) {
        #expect(result(target) == .page(target))
        #expect(result(target, isCounterElsewhere: true) == .page(target))
    }

    @Test("is a page or a file of the site if the counter is elsewhere")
    func elsewhere() throws {
        var settings = Configuration()
        settings.countPath = "/hits"
        #expect(result("/hits", settings) == .counter)
        #expect(result("/hits", settings, isCounterElsewhere: true) == .page("/hits"))
        #expect(result("/headcount/stats", isCounterElsewhere: true) == .page("/headcount/stats"))
        #expect(result("/my.cgi/headcount", isCounterElsewhere: true) == .page("/my.cgi/headcount"))
        #expect(result("/headcount.js", isCounterElsewhere: true) == .file("js"))
    }

    @Test(
        "is neither if it has no path, or one that no page may have",
        arguments: [
            "*", "", "example.com:443", "ftp://example.com/", "/.well-known/acme", "/%00", "/a%0Ab", #"/a\x01"#, "/%7F",
            "/" + String(repeating: "x", count: 512),
        ]
    )
    func others(_ target: String) {
        #expect(result(target) == .other)
    }
}
