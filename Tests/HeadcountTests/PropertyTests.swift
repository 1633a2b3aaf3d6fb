import Headcount
import Testing

/// What is read from strangers, against slow and obvious readings of the same rules, on many texts that are close to
/// the allowed ones. The seed makes every run the same.
@Suite("On any text, the reading of")
struct PropertyTests {
    private static let rounds = 10_000

    /// SplitMix64 (Steele, Lea, Flood, “Fast Splittable Pseudorandom Number Generators”).
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }

        /// A text of up to so many parts, taken from a list.
        mutating func text(of parts: [String], atMost length: Int) -> String {
            (0..<Int.random(in: 0...length, using: &self)).map { _ in parts.randomElement(using: &self) ?? "" }.joined()
        }
    }

    // MARK: Queries and pages

    private static let queryParts = [
        "&page", "&p%61ge", "&days", "=", "=", "&", "/", "/", "%2F", "a", "é", "%C3", "%A9", "%C3%A9", "%", "%4", "%zz",
        "%00",
        "%0A", "%7f", "%C2%85", "+", " ", "?", "#", "%23", "%3F", "//", "\u{0}", "%F0%9F%98%80", "%ED%A0%80", "%FF",
        ";",
        "%25", "%2541", String(repeating: "x", count: 400), String(repeating: "%61", count: 300),
        "&page=/a", "&page=/" + String(repeating: "y", count: 600),
    ]

    /// The page of a query, written for reading: into bytes, then by the rules in their order.
    private static func page(in query: String) -> Result<String?, Query.Refusal> {
        func decoded(_ text: some Sequence<UInt8>) -> String? {
            var bytes: [UInt8] = []
            var rest = Array(text)[...]
            while let byte = rest.popFirst() {
                guard byte == UInt8(ascii: "%") else {
                    bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
                    continue
                }
                let digits = rest.prefix(2).map { Character(Unicode.Scalar($0)).hexDigitValue }
                guard digits.count == 2, let high = digits[0], let low = digits[1] else { return nil }
                bytes.append(UInt8(high * 16 + low))
                rest = rest.dropFirst(2)
            }
            return String(validating: bytes, as: UTF8.self)
        }
        var values: [String?] = []
        for field in Array(query.utf8).split(separator: UInt8(ascii: "&")) {
            let name = field.prefix { $0 != UInt8(ascii: "=") }
            guard decoded(name) == "page" else { continue }
            values.append(decoded(field.dropFirst(name.count + 1)))
        }
        guard let first = values.first else { return .success(nil) }
        guard values.count == 1 else { return .failure(Query.Refusal("must be given once")) }
        guard let text = first else { return .failure(Query.Refusal("must be percent-encoded UTF-8")) }
        var scalars = Array(text.unicodeScalars.prefix { $0 != "?" && $0 != "#" })
        guard scalars.first == "/" else { return .failure(Page.notAbsolute) }
        guard !scalars.contains(where: { $0.properties.generalCategory == .control }) else {
            return .failure(Page.controlCharacter)
        }
        while scalars.count > 1, scalars.last == "/" { scalars.removeLast() }
        let path = String(String.UnicodeScalarView(scalars))
        return path.utf8.count <= 512 ? .success(path) : .failure(Page.tooLong)
    }

    @Test("a query and its page is the obvious one")
    func pages() {
        var generator = Seeded(state: 1)
        var kinds: [String: Int] = [:]
        for _ in 0..<Self.rounds {
            let query = ["", "page=", "page=/", "page=%2f"].randomElement(using: &generator).map {
                $0 + generator.text(of: Self.queryParts, atMost: 12)
            }
            guard let query else { continue }
            let expected = Self.page(in: query)
            do throws(Problem) {
                let page = try Query(query).field("page", Page.init(path:))
                #expect(page.map { Array($0.path.utf8) } == (try? expected.get()).flatMap { $0 }.map { Array($0.utf8) })
                if case .failure(let refusal) = expected { Issue.record("\(query) is allowed: \(refusal.reason)") }
                kinds[page == nil ? "none" : "page", default: 0] += 1
            } catch {
                guard case .failure(let refusal) = expected else {
                    Issue.record("\(query) is refused: \(error.detail)")
                    continue
                }
                #expect(error.detail == "page \(refusal.reason)", "\(query)")
                kinds[refusal.reason, default: 0] += 1
            }
        }
        #expect(kinds.count == 7 && kinds.values.allSatisfy { $0 > 20 }, "each outcome is common: \(kinds)")
    }

    // MARK: Addresses

    /// Sixteen bytes, IPv4 in its mapped form.
    private static func address(_ bytes: [UInt8]) -> String {
        bytes.count == 4
            ? bytes.map(String.init).joined(separator: ".")
            : stride(from: 0, to: 16, by: 2).map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
                .joined(separator: ":")
    }

    @Test("a block holds just the addresses whose first bits are its own")
    func blocks() throws {
        var generator = Seeded(state: 5)
        var inside = 0
        for _ in 0..<Self.rounds {
            let length = Bool.random(using: &generator) ? 4 : 16
            let network = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let prefix = Int.random(in: 0...length * 8, using: &generator)
            // An address that leaves the block at some bit, or nowhere.
            var host = network
            let flipped = Int.random(in: 0..<length * 8, using: &generator)
            host[flipped / 8] ^= 0x80 >> UInt8(flipped % 8)
            let block = try #require(AddressBlock("\(Self.address(network))/\(prefix)"))
            let address = try #require(IPAddress(Self.address(host)))
            #expect(block.contains(address) == (flipped >= prefix), "\(Self.address(network))/\(prefix) \(address)")
            #expect(block.contains(try #require(IPAddress(Self.address(network)))))
            inside += flipped >= prefix ? 1 : 0
            #expect(AddressBlock("\(Self.address(network))/\(length * 8 + 1)") == nil)
        }
        #expect((Self.rounds / 10..<Self.rounds * 9 / 10).contains(inside))
    }

    // MARK: User-Agents

    @Test("a User-Agent is judged as by looking for each word in turn")
    func userAgents() {
        var generator = Seeded(state: 7)
        let parts =
            CrawlerRules.marks + CrawlerRules.wholeMarks + CrawlerRules.visitors + CrawlerRules.libraries
            + CrawlerRules.exceptions
            + ["Mozilla/5.0 ", "(X11; ", " ", "/", "é", "\u{0}", "B", "o", "t", "cu", "BOT", "ht", "tp", ":", "-"]
        let crawlers = Crawlers()
        let rounds = Self.rounds / 5
        var found = 0
        for _ in 0..<rounds {
            let text = generator.text(of: parts, atMost: 4)
            // Blanked out, an exception hides the marks in it; a mark that reaches beyond one is not hidden.
            let plain = Array(text.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 })
            let exceptions = CrawlerRules.exceptions.flatMap { plain.places(of: $0) }
            let marks =
                CrawlerRules.marks.flatMap { plain.places(of: $0) }
                + CrawlerRules.wholeMarks.flatMap { plain.places(of: $0).filter(plain.isWordEnd) }
            let isMarked = marks.contains { mark in
                !exceptions.contains { $0.lowerBound <= mark.lowerBound && mark.upperBound <= $0.upperBound }
            }
            let isVisitor =
                CrawlerRules.visitors.contains { !plain.places(of: $0).isEmpty }
                || CrawlerRules.libraries.contains {
                    plain.places(of: $0).contains { $0.lowerBound == 0 && plain.isWordEnd($0) }
                }
            #expect(crawlers.contains(text) == (!text.isEmpty && (isMarked || !isVisitor)), "\(text)")
            found += crawlers.contains(text) ? 1 : 0
        }
        #expect((rounds / 10..<rounds * 9 / 10).contains(found))
    }
}

extension [UInt8] {
    /// Every place where the word stands.
    fileprivate func places(of word: String) -> [Range<Int>] {
        let word = Array(word.utf8)
        guard count >= word.count else { return [] }
        return (0...count - word.count).map { $0..<$0 + word.count }.filter { self[$0].elementsEqual(word) }
    }

    /// Whether no letter, in lower case, stands behind the place.
    fileprivate func isWordEnd(_ place: Range<Int>) -> Bool {
        place.upperBound == count || !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self[place.upperBound])
    }
}
