import Headcount

extension String {
    func padded(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}

extension Int {
    /// `1 page`, `1,200 pages`
    func of(_ noun: String) -> String { "\(grouped) \(plural(of: noun))" }

    func plural(of noun: String) -> String { self == 1 ? noun : "\(noun)s" }
}

extension Tally.Count {
    /// `12 visits, 3 unique`
    var inWords: String { "\(count.of("visit")), \(unique.grouped) unique" }
}

extension LeftOut {
    /// `312 from crawlers, 4 prefetched, 0 from ignored addresses`
    var inWords: String {
        "\(crawlers.grouped) from crawlers, \(prefetches.grouped) prefetched, \(ignored.grouped) from ignored addresses"
    }
}
