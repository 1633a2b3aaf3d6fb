import Glibc
import Headcount

/// Decides which request targets are pages of the site, and numbers them.
struct LogPages {
    private(set) var pages: [Page] = []
    private var numbers: [Page: Int] = [:]
    /// The page's number by the hash of a target's path; -1 if it is not a page.
    private var known: [Int: Int] = [:]
    private let ownPaths: Set<String>
    /// The endings of these paths if the counter is a CGI script.
    private let ownEndings: [String]

    private static let capacity = 1 << 17

    init(_ configuration: Configuration) {
        let paths = Router.paths + [configuration.countPath].compactMap { $0 }
        ownPaths = Set(paths.map { configuration.basePath + $0 })
        ownEndings = paths.map { ".cgi" + $0 }
    }

    /// - Returns: `nil` if it is not a page but an asset, the counter itself or unreadable.
    mutating func number(of path: LogLine.Bytes) -> Int? {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(path))
        let hash = hasher.finalize()
        if let number = known[hash] { return number < 0 ? nil : number }
        if known.count > Self.capacity { known.removeAll(keepingCapacity: true) }
        let number = newNumber(of: path)
        known[hash] = number ?? -1
        return number
    }

    private mutating func newNumber(of path: LogLine.Bytes) -> Int? {
        let encoded = String(decoding: path, as: UTF8.self)
        // nginx escapes bytes as \x and two digits.
        let escaped = encoded.replacing("\\x", with: "%")
        guard let text = PercentEncoding.decodedPath(escaped[...]), !isOwn(text), !text.hasPrefix("/.well-known/"),
            let page = try? Page(path: text), !Self.isAsset(page.path)
        else { return nil }
        if let number = numbers[page] { return number }
        pages.append(page)
        numbers[page] = pages.count - 1
        return pages.count - 1
    }

    private func isOwn(_ path: String) -> Bool {
        ownPaths.contains(path) || ownEndings.contains(where: path.hasSuffix)
    }

    private static func isAsset(_ path: String) -> Bool {
        let name = path[(path.lastIndex(of: "/") ?? path.startIndex)...]
        guard let dot = name.lastIndex(of: ".") else { return false }
        return assets.contains(name[name.index(after: dot)...].lowercased())
    }

    /// The extensions of files that pages load or link to.
    private static let assets: Set<String> = [
        "css", "js", "mjs", "cjs", "map", "json", "jsonld", "webmanifest", "wasm", "xml", "xsl", "xslt", "rss", "atom",
        "txt", "csv", "ico", "png", "apng", "jpg", "jpeg", "jfif", "gif", "svg", "svgz", "webp", "avif", "heic", "bmp",
        "tif", "tiff", "cur", "woff", "woff2", "ttf", "otf", "eot", "mp3", "m4a", "ogg", "oga", "opus", "wav", "flac",
        "aac", "mp4", "m4v", "webm", "ogv", "mov", "avi", "mkv", "m3u8", "ts", "vtt", "srt", "pdf", "epub", "doc",
        "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "zip", "gz", "tgz", "bz2", "xz", "zst", "7z", "rar",
        "tar",
        "iso", "img", "dmg", "exe", "msi", "deb", "rpm", "apk", "jar", "bin", "sig", "asc", "sha256",
    ]
}
