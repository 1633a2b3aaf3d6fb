/// How many requests to the counting endpoints were answered but not counted. Each request is in one of the sums.
package struct LeftOut: Sendable, Hashable {
    /// From declared crawlers.
    package var crawlers: Int
    /// Of browsers that prefetch or prerender a page.
    package var prefetches: Int
    /// From addresses in `HEADCOUNT_IGNORE`.
    package var ignored: Int

    package init(crawlers: Int = 0, prefetches: Int = 0, ignored: Int = 0) {
        self.crawlers = crawlers
        self.prefetches = prefetches
        self.ignored = ignored
    }

    /// Whether each number is from 0 to a limit.
    package func isWithin(_ limit: Int) -> Bool {
        [crawlers, prefetches, ignored].allSatisfy { (0...limit).contains($0) }
    }
}

extension LeftOut: AdditiveArithmetic {
    package static let zero = LeftOut()

    package static func + (left: Self, right: Self) -> Self {
        .init(
            crawlers: left.crawlers + right.crawlers,
            prefetches: left.prefetches + right.prefetches,
            ignored: left.ignored + right.ignored
        )
    }

    package static func - (left: Self, right: Self) -> Self {
        .init(
            crawlers: left.crawlers - right.crawlers,
            prefetches: left.prefetches - right.prefetches,
            ignored: left.ignored - right.ignored
        )
    }
}
