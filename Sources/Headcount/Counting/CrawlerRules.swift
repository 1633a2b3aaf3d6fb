/// The words that ``Crawlers`` looks for, in lower case, each of at least three bytes.
/// `Tests/EndToEnd/api/test_crawlers.py` measures them against published lists of crawlers and of browsers.
enum CrawlerRules {
    /// Words that identify a crawler anywhere in a `User-Agent`.
    static let keywords = [
        // Names of crawlers, and parts of URLs and mail addresses, which only crawlers give.
        "crawl", "spider", "slurp", "http:", "https:", "mailto:", "contact:", "(at)", "archive", "scrap", "collector",
        "research", "agent",
        "gecko; compatible", "google-", "-google", "meta-external", "-user/",
        // Programs that fetch a page for a person: previews, screenshots, feeds.
        "fetch", "screenshot", "thumbnail", "imageproxy", "favicon", "subscribers", "feeder",
        "newsnow", "printfriendly", "httrack", "finder", "sitemap",
        // Automated browsers.
        "headless", "phantomjs", "playwright", "puppeteer", "selenium", "splash ",
        // Monitors, and programs that measure or test sites.
        "monitor", "uptime", "pingdom", "synthetic", "lighthouse", "insights", "gtmetrix", "ptst/", "dareboost",
        "checker", "checklink", "scanner", "scanning", "survey", "inspect", "verif", "validator", "watcher",
        "watchtowr", "optimizer", "linktiger",
        "siteimprove", "silktide", "hotjar", "marketgoo", "sindup", "scope3", "adbeat", "collapsify", "datanyze",
        "criticalcss",
        "miniature.io", "securityheaders", "hardenize", "foregenix", "openvas", "semantic-visions", "xmco", " ylt ",
        "newsai", "turingos", "dlc/", "readable/", "testlocally", "rigor)", "dmbrowser", "ps_daily", "infegy",
        " code/1.", "trae/",
    ]

    /// Like ``keywords``, but not before a letter: Botswana's phone companies are not bots.
    static let wordEndKeywords = ["bot", "bots", "check", "scan", "capture", "preview"]

    /// Words that contain a keyword but do not identify a crawler: makers and sellers of phones, Google's own apps, and
    /// a few old browsers.
    static let exceptions = [
        "cubot", "magenta", "check24", "node-fetch", "google-tr-", "google-play", "masking-agent", "spidertab",
        "ericssonr800xhttp:", "http://www.bsalsa", "http://bsalsa", "http://www.qtweb",
    ]

    /// Words that identify a proxy that fetches an image for a person: GitHub's, Camo's and go-camo's defaults, PyPI's
    /// go-camo, Gmail's, Yahoo's, and imgproxy's default. GitLab recommends go-camo.
    static let imageProxies = [
        "github-camo", "camo asset proxy", "go-camo", "github.com/pypi/camo", "googleimageproxy", "yahoomailproxy",
        "imgproxy",
    ]

    /// Words that identify a browser anywhere in a `User-Agent` without keywords. A `User-Agent` with neither one of
    /// these nor one of ``libraries`` is a crawler's.
    static let browsers = [
        // Engines and browsers of computers and phones, old and new.
        "gecko", "webkit", "khtml", "trident", "presto", "goanna", "msie", "opera", "firefox", "chrome", "safari",
        "konqueror", "netscape", "mosaic", "midori", "epiphany", "lynx", "links", "w3m", "netsurf", "dillo", "browser",
        "netfront", "midp", "ucweb", "docomo", "fban", "windows", "android", "symbian", "blackberry", "nokia",
        "samsung", "palm", "playstation", "nintendo", "darwin/", "obigo", "iphone", "macintosh", "x11;", "mozilla/4.",
        // Systems whose browsers may not name themselves.
        "(linux;", "(smart", "tizen", "web0s", "freebsd", "openbsd", "haiku",
    ]

    /// HTTP tools and libraries that people use in scripts: the first word of a `User-Agent`, not before a letter.
    static let libraries = [
        "curl", "libcurl", "wget", "httpie", "xh/", "aria2", "powershell", "postmanruntime", "insomnia",
        "python", "urllib3", "httpx", "aiohttp",
        "node", "bun", "deno", "undici", "axios", "got", "okhttp", "java", "apache-httpclient", "ktor", "dart",
        "go-http-client", "reqwest", "hyper", "ureq", "libwww-perl", "php", "guzzlehttp", "ruby", "faraday",
        "rest-client",
    ]
}
