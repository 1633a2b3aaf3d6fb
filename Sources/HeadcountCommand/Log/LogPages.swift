import Headcount

/// What a request in a log was for.
enum LogTarget: Equatable {
    /// The page of this number in ``LogPages``.
    case page(Int)
    /// A picture, script, download or the like, with the number of its ending in ``LogPages``.
    case file(ending: Int)
    /// One of the counter's own paths.
    case counter
    /// No path, `/.well-known/…`, or what ``Page`` refuses.
    case other
}

/// Decides which request targets are pages of the site, and numbers them.
struct LogPages {
    private(set) var pages: [Page] = []
    /// Of the files, in lower case and without the dot.
    private(set) var endings: [String] = []
    private var numbers: [Page: Int] = [:]
    /// By the hash of a target without its query.
    private var known: [Int: LogTarget] = [:]
    private let countedEndings: Set<String>
    private let counterPaths: Set<String>
    /// The endings of these paths if the counter is a CGI script.
    private let counterSuffixes: [String]

    private static let capacity = 1 << 17

    /// - Parameters:
    ///   - countedEndings: of files that count as pages, in lower case and without the dot.
    ///   - isCounterElsewhere: whether the counter is on another host, so that all paths belong to the site.
    init(_ configuration: Configuration, countedEndings: Set<String> = [], isCounterElsewhere: Bool = false) {
        let paths = isCounterElsewhere ? [] : Router.paths + [configuration.countPath].compactMap { $0 }
        counterPaths = Set(paths.map { configuration.basePath + $0 })
        counterSuffixes = paths.map { ".cgi" + $0 }
        self.countedEndings = countedEndings
    }

    /// - Parameter target: as the server logs it: a path or a whole URL, perhaps with a query.
    mutating func target(_ target: LogLine.Bytes) -> LogTarget {
        let path = target[0, target.firstIndex(of: UInt8(ascii: "?"), from: 0) ?? target.count]
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(path))
        let hash = hasher.finalize()
        if let result = known[hash] { return result }
        if known.count > Self.capacity { known.removeAll(keepingCapacity: true) }
        let result = newTarget(path)
        known[hash] = result
        return result
    }

    private mutating func newTarget(_ logged: LogLine.Bytes) -> LogTarget {
        // headcount.js gives the page the same name.
        let path = PercentEncoding.decodedURI(PercentEncoding.pathname(Self.path(Self.unescaped(logged))))
        if counterPaths.contains(path) || counterSuffixes.contains(where: path.hasSuffix) { return .counter }
        guard !path.hasPrefix("/.well-known/"), let page = try? Page(path: path) else { return .other }
        if path.utf8.last != UInt8(ascii: "/"), let ending = Self.ending(of: page), Self.fileEndings.contains(ending),
            !countedEndings.contains(ending)
        {
            if let number = endings.firstIndex(of: ending) { return .file(ending: number) }
            endings.append(ending)
            return .file(ending: endings.count - 1)
        }
        if let number = numbers[page] { return .page(number) }
        pages.append(page)
        numbers[page] = pages.count - 1
        return .page(pages.count - 1)
    }

    /// The bytes that the client sent. nginx and Apache log some as `\xHH`; Apache logs a quote as `\"`, a backslash as `\\`.
    private static func unescaped(_ logged: LogLine.Bytes) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = logged[...]
        while let byte = rest.popFirst() {
            let digits = rest.dropFirst().prefix(2).compactMap(\.hexadecimalDigitValue)
            switch (byte, rest.first) {
            case (UInt8(ascii: "\\"), UInt8(ascii: "x")) where digits.count == 2:
                bytes.append(digits[0] << 4 | digits[1])
                rest = rest.dropFirst(3)
            case (UInt8(ascii: "\\"), let escaped?)
            where escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\"):
                bytes.append(escaped)
                rest = rest.dropFirst()
            default:
                bytes.append(byte)
            }
        }
        return bytes
    }

    /// The path of a target that may be a whole URL.
    private static func path(_ target: [UInt8]) -> [UInt8] {
        for scheme in ["http://", "https://"] where target.starts(with: scheme.utf8) {
            let path = target.dropFirst(scheme.utf8.count).drop { $0 != UInt8(ascii: "/") }
            return path.isEmpty ? [UInt8(ascii: "/")] : Array(path)
        }
        return target
    }

    private static func ending(of page: Page) -> String? {
        let name = page.path[(page.path.lastIndex(of: "/") ?? page.path.startIndex)...]
        return name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() }
    }

    /// The endings of files that pages load or link to.
    static let fileEndings: Set<String> = [
        "css", "js", "mjs", "cjs", "map", "json", "jsonld", "webmanifest", "wasm", "xml", "xsl", "xslt", "rss", "atom",
        "txt", "csv", "ico", "png", "apng", "jpg", "jpeg", "jfif", "gif", "svg", "svgz", "webp", "avif", "heic", "bmp",
        "tif", "tiff", "cur", "woff", "woff2", "ttf", "otf", "eot", "mp3", "m4a", "ogg", "oga", "opus", "wav", "flac",
        "aac", "mp4", "m4v", "webm", "ogv", "mov", "avi", "mkv", "m3u8", "ts", "vtt", "srt", "pdf", "epub", "doc",
        "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "zip", "gz", "tgz", "bz2", "xz", "zst", "7z", "rar",
        "tar",
        "iso", "img", "dmg", "exe", "msi", "deb", "rpm", "apk", "jar", "bin", "sig", "asc", "sha256",
    ]
}
