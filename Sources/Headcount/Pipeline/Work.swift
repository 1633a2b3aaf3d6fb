/// Everything that the requests of one batch need from the store. It's done in one call, ``CounterStore/perform(_:by:)``.
package struct Work: Sendable {
    /// The visits to count, in order of arrival.
    package var visits: [Visit] = []
    /// The day that they count for, as ``CounterStore/open(_:by:)`` returned it.
    package var day = Day(number: 0)
    /// The pages whose totals to read; the site's totals come with them. `nil` to read none.
    package var totals: Set<Page>?
    /// The statistics to read; each query is there once.
    package var statistics: [StatisticsQuery] = []

    package init() {}

    /// Whether the store has nothing to do.
    package var isEmpty: Bool { visits.isEmpty && totals == nil && statistics.isEmpty }

    mutating func read(_ pages: Set<Page>) {
        totals = totals?.union(pages) ?? pages
    }

    /// Adds a query, up to ``maximumStatistics`` different ones.
    mutating func summarize(_ query: StatisticsQuery) {
        guard statistics.count < Self.maximumStatistics, !statistics.contains(query) else { return }
        statistics.append(query)
    }

    /// All visits of a batch wait for its statistics. A year of a thousand pages takes SQLite 140 ms, a usual site a few
    /// milliseconds.
    static let maximumStatistics = 4
}

/// The totals of the site, and of the pages that were asked for.
package struct Totals: Sendable, Equatable {
    package var site: Tally.Count
    /// Only pages that have been counted.
    package var pages: [Page: Tally.Count]

    package init(site: Tally.Count = .zero, pages: [Page: Tally.Count] = [:]) {
        self.site = site
        self.pages = pages
    }

    /// Of the site, `nil`, or a page; zeros for a page that was never counted.
    package subscript(page: Page?) -> Tally.Count { page.map { pages[$0] ?? .zero } ?? site }

    package func tally(of page: Page?) -> Tally {
        Tally(site: site, page: page.map { self[$0] })
    }
}

/// What a store made of ``Work``. Each part succeeds or fails by itself: a full disk can still be read.
package struct Results: Sendable {
    /// A tally for each visit, in order.
    package var tallies: Result<[Tally], StoreError>
    package var totals: Result<Totals, StoreError>
    /// By query; nothing for a query that was not part of the work.
    package var statistics: [StatisticsQuery: Result<Statistics, StoreError>]

    /// Of no work.
    init() {
        tallies = .success([])
        totals = .success(Totals())
        statistics = [:]
    }

    /// Of work that couldn't be started.
    init(of work: Work, failing error: StoreError) {
        self.init(of: work) { _, _ throws(StoreError) in throw error } totals: { _ throws(StoreError) in
            throw error
        } statistics: { _ throws(StoreError) in throw error }
    }

    /// Does the parts of the work that are not empty, the visits first and what takes longest last.
    package init(
        of work: Work,
        record: ([Visit], Day) throws(StoreError) -> [Tally],
        totals: (Set<Page>) throws(StoreError) -> Totals,
        statistics: (StatisticsQuery) throws(StoreError) -> Statistics
    ) {
        self.tallies = Result { () throws(StoreError) in
            work.visits.isEmpty ? [] : try record(work.visits, work.day)
        }
        self.totals = Result { () throws(StoreError) in
            if let pages = work.totals { try totals(pages) } else { Totals() }
        }
        self.statistics = [:]
        for query in work.statistics {
            self.statistics[query] = Result { () throws(StoreError) in try statistics(query) }
        }
    }

    /// The first thing that went wrong.
    var failure: StoreError? {
        if case .failure(let error) = tallies { return error }
        if case .failure(let error) = totals { return error }
        for case .failure(let error) in statistics.values { return error }
        return nil
    }
}
