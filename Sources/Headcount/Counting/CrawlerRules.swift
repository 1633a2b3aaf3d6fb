/// What ``Crawlers`` goes by, in lower case, each of three bytes or more. Measured by `Tests/EndToEnd/api/test_crawlers.py` against published lists of
/// crawlers and of browsers.
package enum CrawlerRules {
    /// Found anywhere in a `User-Agent`, each of these says that no person is at the other end.
    package static let marks = [
        // What crawlers call themselves, and the address of an explanation that only they give.
        "crawl", "spider", "slurp", "http:", "https:", "mailto:", "contact:", "(at)", "archive", "scrap", "collector",
        "research", "agent",
        "gecko; compatible", "google-", "-google", "meta-external", "-user/",
        // Who fetches a page for somebody: previews, pictures of pages, feeds.
        "fetch", "screenshot", "thumbnail", "imageproxy", "favicon", "subscribers", "feeder",
        "newsnow", "printfriendly", "httrack", "finder", "sitemap",
        // Browsers without a person.
        "headless", "phantomjs", "playwright", "puppeteer", "selenium", "splash ",
        // Who watches, measures and tests.
        "monitor", "uptime", "pingdom", "synthetic", "lighthouse", "insights", "gtmetrix", "ptst/", "dareboost",
        "checker", "checklink", "scanner", "scanning", "survey", "inspect", "verif", "validator", "watcher",
        "watchtowr", "optimizer", "linktiger",
        "siteimprove", "silktide", "hotjar", "marketgoo", "sindup", "scope3", "adbeat", "collapsify", "datanyze",
        "criticalcss",
        "miniature.io", "securityheaders", "hardenize", "foregenix", "openvas", "semantic-visions", "xmco", " ylt ",
        "newsai", "turingos", "dlc/", "readable/", "testlocally", "rigor)", "dmbrowser", "ps_daily", "infegy",
        " code/1.", "trae/",
    ]

    /// As the marks, but not with a letter behind: Botswana's telephone companies are no bots.
    package static let wholeMarks = ["bot", "bots", "check", "scan", "capture", "preview"]

    /// Words that have a mark in them and mean no machine: makers and sellers of phones, Google's own apps, and what a
    /// few old browsers say.
    package static let exceptions = [
        "cubot", "magenta", "check24", "node-fetch", "google-tr-", "google-play", "masking-agent", "spidertab",
        "ericssonr800xhttp:", "http://www.bsalsa", "http://bsalsa", "http://www.qtweb",
    ]

    /// Found anywhere in an unmarked `User-Agent`, each of these says what a visitor comes with. Whoever names neither
    /// one of them nor a library is a program that no person looks at.
    package static let visitors = [
        // Engines and browsers, of computers and telephones old and new.
        "gecko", "webkit", "khtml", "trident", "presto", "goanna", "msie", "opera", "firefox", "chrome", "safari",
        "konqueror", "netscape", "mosaic", "midori", "epiphany", "lynx", "links", "w3m", "netsurf", "dillo", "browser",
        "netfront", "midp", "ucweb", "docomo", "fban", "windows", "android", "symbian", "blackberry", "nokia",
        "samsung", "palm", "playstation", "nintendo", "darwin/", "obigo", "iphone", "macintosh", "x11;", "mozilla/4.",
        // Systems whose browsers may name nothing else.
        "(linux;", "(smart", "tizen", "web0s", "freebsd", "openbsd", "haiku",
    ]

    /// What people call it with from scripts: the first word of the `User-Agent`, no letter behind it.
    package static let libraries = [
        "curl", "libcurl", "wget", "httpie", "xh/", "aria2", "powershell", "postmanruntime", "insomnia",
        "python", "urllib3", "httpx", "aiohttp",
        "node", "bun", "deno", "undici", "axios", "got", "okhttp", "java", "apache-httpclient", "ktor", "dart",
        "go-http-client", "reqwest", "hyper", "ureq", "libwww-perl", "php", "guzzlehttp", "ruby", "faraday",
        "rest-client",
    ]
}
