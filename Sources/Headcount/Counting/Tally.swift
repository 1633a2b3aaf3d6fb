/// The numbers after a visit, including it.
package struct Tally: Sendable, Hashable {
    package var site: Count
    /// `nil` if the visit names no page, or a page past the page limit.
    package var page: Count?
    /// Whether the visit was not counted, because a process that was killed before it could answer had counted it.
    package var isRepeated: Bool

    package init(site: Count, page: Count? = nil, isRepeated: Bool = false) {
        self.site = site
        self.page = page
        self.isRepeated = isRepeated
    }

    /// The number of visits, and the sum of the distinct visitors of each UTC day.
    package struct Count: Sendable, Hashable {
        package var count: Int
        package var unique: Int

        package init(count: Int = 0, unique: Int = 0) {
            self.count = count
            self.unique = unique
        }

        package static let zero = Count()

        /// Whether the numbers are neither negative nor beyond 2^53, the limit of many JSON parsers (RFC 8259, §6).
        package var isValid: Bool { (0...1 << 53).contains(count) && (0...1 << 53).contains(unique) }
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
