import Testing

@testable import Headcount

@Suite("Crawlers")
struct CrawlersTests {
    private let crawlers = Crawlers()

    @Test(
        "do not include browsers, tools and libraries",
        arguments: [
            "", "curl", "curl/8.5.0", "Wget/1.21.3", "Mozilla/5.0 (Windows NT; de-DE) WindowsPowerShell/5.1",
            "python-requests/2.32.3", "Python/3.11 aiohttp/3.9", "node-fetch/1.0", "okhttp/4.12.0 MyApp/1.0",
            "Java/17.0.2", "Apache-HttpClient/4.5.13 (Java/11)", "Dart/3.2 (dart:io)", "Go-http-client/2.0",
            "libwww-perl/6.67", "rest-client/2.1 (linux x86_64) ruby/3.2",
            // Uncommon browsers.
            "Mozilla/5.0 (Linux; x86_64) Ladybird/1.0", "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0)",
            // Words that begin like a keyword.
            "Mozilla/5.0 (iPhone) AppleWebKit/605.1 Mobile/15E148 [FBAN/FBIOS;FBCR/Orange Botswana;FBOP/80]",
            "Mozilla/5.0 (Linux; Android 13) Chrome/116.0.0.0 Mobile Safari/537.36 CHECK24-App/2024.20",
            "Mozilla/5.0 (Linux; Android 11; RobotPhone X) Chrome/126.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) Chrome/126.0 Safari/537.36",
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/126.0.0.0 Safari/537.36 CheckoutKiosk",
            "Mozilla/5.0 (Macintosh) Chrome/128 Electron/32.0 Safari/537.36 PreviewPane",
        ]
    )
    func excludes(_ userAgent: String) {
        #expect(!crawlers.contains(userAgent))
    }

    @Test(
        "have a keyword, or name neither a browser nor a library",
        arguments: [
            "Googlebot/2.1", "GOOGLEBOT", "Mozilla/5.0 Gecko Firefox/1 (Luminator-robots/2.0)",
            "Slackbot-LinkExpanding",
            "Mozilla/5.0 Chrome/1 SkypeUriPreview Preview/0.5", "W3C-checklink/4.5 libwww-perl/5.823",
            "MyApp/1.0", "Mozilla/5.0", "Roku/DVP-9.10", "NodePing", "Gothic/1.0", "MyCrawler (python)",
            // A User-Agent with a web address is a crawler's, even if it names a library.
            "got (https://github.com/sindresorhus/got)", "PHP-Curl-Class/4.13.0 (+https://example.com) PHP/7.4",
        ]
    )
    func includes(_ userAgent: String) {
        #expect(crawlers.contains(userAgent))
    }

    @Test("are decided by every keyword, word and exception in the rules")
    func everyRule() {
        for word in CrawlerRules.browsers + CrawlerRules.libraries {
            #expect(!crawlers.contains(word), "\(word)")
            #expect(crawlers.contains("Other " + word) == CrawlerRules.libraries.contains(word), "\(word)")
        }
        for word in CrawlerRules.libraries {
            #expect(!crawlers.contains(word + "/1.0"), "\(word)")
            #expect(word.hasSuffix("/") || crawlers.contains(word + "x"), "\(word)")
        }
        let keywords = CrawlerRules.keywords + CrawlerRules.wordEndKeywords
        for word in keywords {
            #expect(crawlers.contains("Firefox/1 \(word)"), "\(word)")
            #expect(crawlers.contains("Firefox/1 \(word)x") != CrawlerRules.wordEndKeywords.contains(word), "\(word)")
        }
        for exception in CrawlerRules.exceptions {
            #expect(!crawlers.contains("Firefox/1 \(exception)"), "\(exception)")
            #expect(keywords.contains { exception.contains($0) }, "\(exception)")
        }
    }

    @Test("are recognised within the first 400 bytes only")
    func longest() {
        let padding = String(repeating: " ", count: Crawlers.maximumLength - "Firefox".utf8.count - "bot".utf8.count)
        #expect(crawlers.contains("Firefox\(padding)bot"))
        #expect(!crawlers.contains("Firefox\(padding) bot"))
    }
}
