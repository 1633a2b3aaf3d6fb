/// Tells the machines that say what they are from visitors, by `User-Agent`: crawlers, AI fetchers, link previewers,
/// monitors, headless browsers. Who pretends to be a browser is not found out.
///
/// One pass looks each three bytes up in a table that nearly always says no, so the cost hardly depends on how many
/// rules there are.
package struct Crawlers: Sendable {
    private let words: [Word]
    /// By the hash of three bytes: 1 + the index of the first word that begins so; 0 for none.
    private let first: [UInt8]

    private enum Verdict {
        case machine, visitor
    }

    /// Where a word of the rules has to stand.
    private enum Place {
        case anywhere
        /// With no letter behind it.
        case wordEnd
        /// At the beginning, with no letter behind it.
        case firstWord
    }

    /// A word of the rules, in lower case.
    private struct Word {
        var bytes: [UInt8]
        var verdict: Verdict
        var place: Place
        /// What it is an innocent part of, and where in that it stands.
        var exceptions: [(bytes: [UInt8], offset: Int)]
        /// As in `first`: the next word with the same hash.
        var next: UInt8

        func stands(in text: UnsafeBufferPointer<UInt8>, at position: Int) -> Bool {
            bytes.stand(in: text, at: position) && isInPlace(in: text, at: position)
                && !exceptions.contains { $0.bytes.stand(in: text, at: position - $0.offset) }
        }

        private func isInPlace(in text: UnsafeBufferPointer<UInt8>, at position: Int) -> Bool {
            guard place != .anywhere else { return true }
            let end = position + bytes.count
            return (place == .wordEnd || position == 0) && (end == text.count || !text[end].isLetter)
        }
    }

    /// In bytes. Browsers within apps send four hundred at most; whoever sends more is not read to the end.
    package static let lengthLookedAt = 400

    package init() {
        let rules: [(texts: [String], verdict: Verdict, place: Place)] = [
            (CrawlerRules.marks, .machine, .anywhere),
            (CrawlerRules.wholeMarks, .machine, .wordEnd),
            (CrawlerRules.visitors, .visitor, .anywhere),
            (CrawlerRules.libraries, .visitor, .firstWord),
        ]
        var words: [Word] = []
        var first = [UInt8](repeating: 0, count: 1 << Self.hashBits)
        for (texts, verdict, place) in rules {
            for bytes in texts.map({ Array($0.utf8) }) {
                precondition(bytes.count >= 3 && words.count < UInt8.max)
                let slot = Self.slot(bytes[..<3].reduce(0, Self.window))
                let exceptions = verdict == .machine ? Self.exceptions(to: bytes) : []
                words.append(
                    Word(bytes: bytes, verdict: verdict, place: place, exceptions: exceptions, next: first[slot])
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

    /// Whether this is a machine that says so. Nothing at all is a visitor's: people's scripts may send it.
    package func contains(_ userAgent: String) -> Bool {
        guard !userAgent.isEmpty else { return false }
        var userAgent = userAgent
        return userAgent.withUTF8 { verdict(.init(rebasing: $0.prefix(Self.lengthLookedAt))) } != .visitor
    }

    /// - Returns: `nil` when no word of the rules stands in the text.
    private func verdict(_ text: UnsafeBufferPointer<UInt8>) -> Verdict? {
        var verdict: Verdict?
        var window: UInt32 = 0
        for end in text.indices {
            window = Self.window(window, text[end])
            var index = Int(first[Self.slot(window)])
            while index > 0 {
                if words[index - 1].stands(in: text, at: end - 2) {
                    verdict = words[index - 1].verdict
                    if verdict == .machine { return verdict }
                }
                index = Int(words[index - 1].next)
            }
        }
        return verdict
    }

    private static let hashBits: UInt32 = 12

    /// The bytes read last, each with the bit that tells small letters from capitals: both look alike, at the cost of
    /// no branch. What else this makes alike, comparing with the word tells apart.
    private static func window(_ window: UInt32, _ next: UInt8) -> UInt32 {
        window << 8 | UInt32(next | 0x20)
    }

    /// Multiplicative hashing (Knuth, “The Art of Computer Programming”, volume 3, §6.4) of the last three bytes.
    private static func slot(_ window: UInt32) -> Int {
        Int((window << 8 &* 2_654_435_769) >> (32 - hashBits))
    }
}

extension [UInt8] {
    /// Whether these bytes, in lower case, are those of the text from a position on, in whatever case.
    fileprivate func stand(in text: UnsafeBufferPointer<UInt8>, at position: Int) -> Bool {
        guard position >= 0, position + count <= text.count else { return false }
        return indices.allSatisfy { self[$0] == text[position + $0].lowercased }
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= lowercased }

    /// Of ASCII; every other byte is itself.
    fileprivate var lowercased: UInt8 { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self }
}
