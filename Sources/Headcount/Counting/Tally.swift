/// The numbers after a visit, that visit included.
package struct Tally: Sendable, Hashable {
    package var site: Count
    /// `nil` when no page was named, or the limit of pages was reached and this one is not among them.
    package var page: Count?
    /// Whether the visit was counted before, by a process that died before it could answer, and is not counted now.
    package var isRepeated: Bool

    package init(site: Count, page: Count? = nil, isRepeated: Bool = false) {
        self.site = site
        self.page = page
        self.isRepeated = isRepeated
    }

    /// Visits, and the sum over the days of UTC of the distinct visitors of each.
    package struct Count: Sendable, Hashable {
        package var count: Int
        package var unique: Int

        package init(count: Int = 0, unique: Int = 0) {
            self.count = count
            self.unique = unique
        }

        package static let zero = Count()

        /// Whether these can be numbers of visits: JSON readers may confuse integers beyond 2^53 (RFC 8259, §6).
        package var isCredible: Bool { (0...1 << 53).contains(count) && (0...1 << 53).contains(unique) }
    }
}

extension Tally.Count: AdditiveArithmetic {
    package static func + (left: Self, right: Self) -> Self {
        .init(count: left.count + right.count, unique: left.unique + right.unique)
    }

    package static func - (left: Self, right: Self) -> Self {
        .init(count: left.count - right.count, unique: left.unique - right.unique)
    }
}
