/// Detects crawlers, AI fetchers, link previewers, monitors and headless browsers by their `User-Agent`. It does not
/// detect a crawler that pretends to be a browser.
///
/// One pass looks up each sequence of three bytes in a hash table, which is nearly always a miss, so the cost hardly
/// depends on the number of rules.
package struct Crawlers: Sendable {
    private let words: [Word]
    /// The hash table: for the hash of three bytes, 1 + the index of the first such word; 0 for none.
    private let first: [UInt8]

    private enum Verdict {
        case crawler, visitor
    }

    /// Where a word must be in the text to match.
    private enum Anchor {
        case anywhere
        /// Not before a letter.
        case wordEnd
        /// At the start, not before a letter.
        case firstWord
    }

    /// A word of the rules, in lower case.
    private struct Word {
        var bytes: [UInt8]
        var verdict: Verdict
        var anchor: Anchor
        /// The exceptions that contain this word, with its offset in them.
        var exceptions: [(bytes: [UInt8], offset: Int)]
        /// The next word with the same hash, in the format of `first`.
        var next: UInt8

        func matches(_ text: UnsafeBufferPointer<UInt8>, at position: Int) -> Bool {
            bytes.match(text, at: position) && isAnchored(in: text, at: position)
                && !exceptions.contains { $0.bytes.match(text, at: position - $0.offset) }
        }

        private func isAnchored(in text: UnsafeBufferPointer<UInt8>, at position: Int) -> Bool {
            guard anchor != .anywhere else { return true }
            let end = position + bytes.count
            return (anchor == .wordEnd || position == 0) && (end == text.count || !text[end].isLetter)
        }
    }

    /// How many bytes of a `User-Agent` are read. In-app browsers send at most 400.
    static let maximumLength = 400

    package init() {
        let rules: [(texts: [String], verdict: Verdict, anchor: Anchor)] = [
            (CrawlerRules.keywords, .crawler, .anywhere),
            (CrawlerRules.wordEndKeywords, .crawler, .wordEnd),
            (CrawlerRules.browsers, .visitor, .anywhere),
            (CrawlerRules.libraries, .visitor, .firstWord),
        ]
        var words: [Word] = []
        var first = [UInt8](repeating: 0, count: 1 << Self.hashBits)
        for (texts, verdict, anchor) in rules {
            for bytes in texts.map({ Array($0.utf8) }) {
                precondition(bytes.count >= 3 && words.count < UInt8.max)
                let slot = Self.slot(bytes[..<3].reduce(0, Self.window))
                let exceptions = verdict == .crawler ? Self.exceptions(to: bytes) : []
                words.append(
                    Word(bytes: bytes, verdict: verdict, anchor: anchor, exceptions: exceptions, next: first[slot])
                )
                first[slot] = UInt8(words.count)
            }
        }
        self.words = words
        self.first = first
    }

    private static func exceptions(to word: [UInt8]) -> [(bytes: [UInt8], offset: Int)] {
        CrawlerRules.exceptions.map { Array($0.utf8) }.flatMap { exception in
            exception.indices.filter { exception[$0...].starts(with: word) }.map { (exception, $0) }
        }
    }

    /// Whether this is the `User-Agent` of a crawler. An empty one is not, since people's scripts may send it.
    package func contains(_ userAgent: String) -> Bool {
        guard !userAgent.isEmpty else { return false }
        var userAgent = userAgent
        return userAgent.withUTF8 { verdict(.init(rebasing: $0.prefix(Self.maximumLength))) } != .visitor
    }

    /// Whether this is the `User-Agent` of a proxy that fetches an image for a person who reads a page or a mail.
    static func isImageProxy(_ userAgent: String) -> Bool {
        let userAgent = userAgent.lowercased()
        return CrawlerRules.imageProxies.contains { userAgent.contains($0) }
    }

    /// - Returns: `nil` if no word matches.
    private func verdict(_ text: UnsafeBufferPointer<UInt8>) -> Verdict? {
        var verdict: Verdict?
        var window: UInt32 = 0
        for end in text.indices {
            window = Self.window(window, text[end])
            var index = Int(first[Self.slot(window)])
            while index > 0 {
                if words[index - 1].matches(text, at: end - 2) {
                    verdict = words[index - 1].verdict
                    if verdict == .crawler { return verdict }
                }
                index = Int(words[index - 1].next)
            }
        }
        return verdict
    }

    private static let hashBits: UInt32 = 12

    /// Appends a byte to the last three. Sets bit 5 of each, which makes letters lower case without a branch. The
    /// comparison with the word rejects other bytes that become equal.
    private static func window(_ window: UInt32, _ next: UInt8) -> UInt32 {
        window << 8 | UInt32(next | 0x20)
    }

    /// The multiplicative hash of the last three bytes (Knuth, “The Art of Computer Programming”, volume 3, §6.4).
    private static func slot(_ window: UInt32) -> Int {
        Int((window << 8 &* 2_654_435_769) >> (32 - hashBits))
    }
}

extension [UInt8] {
    /// Whether these lower-case bytes are in the text at a position, ignoring case.
    fileprivate func match(_ text: UnsafeBufferPointer<UInt8>, at position: Int) -> Bool {
        guard position >= 0, position + count <= text.count else { return false }
        return indices.allSatisfy { self[$0] == text[position + $0].lowercased }
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= lowercased }

    /// The byte in lower case if it is an ASCII letter.
    fileprivate var lowercased: UInt8 { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self }
}
