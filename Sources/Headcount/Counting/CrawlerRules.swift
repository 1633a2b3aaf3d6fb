/// What ``Crawlers`` goes by, in lower case. Measured by `Tests/EndToEnd/test_crawlers.py` against published lists of
/// crawlers and of browsers.
package enum CrawlerRules {
    /// Found anywhere in a `User-Agent`, each of these says that no person is at the other end.
    package static let marks = [
        // What crawlers call themselves, and the address of an explanation that only they give.
        "bot", "crawl", "spider", "slurp", "http:", "https:", "mailto:", "contact:", "archive", "scrap", "collector",
        "research", "agent",
        "gecko; compatible", "google-", "-google", "meta-external", "-user/",
        // Who fetches a page for somebody: previews, pictures of pages, feeds.
        "fetch", "preview", "screenshot", "thumbnail", "capture", "imageproxy", "favicon", "subscribers", "feeder",
        "newsnow", "printfriendly", "httrack", "finder", "sitemap",
        // Browsers without a person.
        "headless", "phantomjs", "playwright", "puppeteer", "selenium", "splash ",
        // Who watches, measures and tests.
        "monitor", "uptime", "pingdom", "synthetic", "lighthouse", "insights", "gtmetrix", "ptst/", "dareboost",
        "check", "scan", "survey", "inspect", "verif", "validator", "watcher", "watchtowr", "optimizer", "linktiger",
        "siteimprove", "silktide", "hotjar", "marketgoo", "sindup", "scope3", "adbeat", "collapsify", "datanyze",
        "criticalcss",
        "miniature.io", "securityheaders", "hardenize", "foregenix", "openvas",
    ]

    /// Words that have a mark in them and mean no machine: makers and sellers of phones, Google's own apps, and what a
    /// few old browsers say.
    package static let exceptions = [
        "cubot", "magenta", "bottle", "google-tr-", "google-play", "masking-agent", "spidertab", "turbotab",
        "ericssonr800xhttp:", "http://www.bsalsa", "http://bsalsa", "http://www.qtweb",
    ]

    /// Found anywhere in an unmarked `User-Agent`, each of these says what a visitor comes with. Whoever names
    /// something else only is a program that no person looks at.
    package static let visitors = [
        // Engines and browsers, of computers and telephones old and new.
        "gecko", "webkit", "khtml", "trident", "presto", "goanna", "msie", "opera", "firefox", "chrome", "safari",
        "konqueror", "netscape", "mosaic", "midori", "epiphany", "lynx", "links", "w3m", "netsurf", "dillo", "browser",
        "netfront", "midp", "ucweb", "docomo", "fban", "windows", "android", "symbian", "blackberry", "nokia",
        "samsung", "palm", "playstation", "nintendo", "darwin/", "obigo", "iphone", "macintosh", "x11;", "mozilla/4.",
        // What people call it with from scripts.
        "curl", "wget", "httpie", "powershell", "python-requests", "python-urllib", "python-httpx", "aiohttp", "axios",
        "node-fetch", "undici", "deno", "go-http-client", "okhttp", "libwww-perl", "guzzle", "ruby", "dart",
    ]
}
