/// Everything that the requests of one batch need from the store, done in one call of ``CounterStore/perform(_:by:)``.
package struct Work: Sendable {
    /// The visits to count, in order of arrival.
    package var visits: [Visit] = []
    /// The sums of the requests that were left out, to add to the site's.
    package var leftOut = LeftOut.zero
    /// The day of the visits, as ``CounterStore/open(_:by:)`` returned it, and of the sums.
    package var day = Day(number: 0)
    /// The pages whose totals to read, besides the site's; `nil` to read no totals.
    package var totals: Set<Page>?
    /// The statistics to read, without duplicates.
    package var statistics: [StatisticsQuery] = []

    package init() {}

    /// Whether the store has nothing to do.
    package var isEmpty: Bool { !hasWrites && totals == nil && statistics.isEmpty }

    var hasWrites: Bool { !visits.isEmpty || leftOut != .zero }

    mutating func read(_ pages: Set<Page>) {
        totals = totals?.union(pages) ?? pages
    }

    /// Adds a query, up to ``maximumStatistics`` different ones.
    mutating func summarize(_ query: StatisticsQuery) {
        guard statistics.count < Self.maximumStatistics, !statistics.contains(query) else { return }
        statistics.append(query)
    }

    /// The limit for one batch, since the next visits wait for the statistics. SQLite needs 15 ms for a year of a thousand
    /// pages, and 1 ms for a typical site.
    static let maximumStatistics = 4
}

/// The totals of the site and of the requested pages.
package struct Totals: Sendable, Equatable {
    package var site: Tally.Count
    /// The totals of the requested pages, without those past the page limit.
    package var pages: [Page: Tally.Count]

    package init(site: Tally.Count = .zero, pages: [Page: Tally.Count] = [:]) {
        self.site = site
        self.pages = pages
    }

    /// The total of a page, or of the site for `nil`; zeros for a page without a count.
    package subscript(page: Page?) -> Tally.Count { page.map { pages[$0] ?? .zero } ?? site }

    /// Adds zeros for the requested pages that have not been counted yet, unless the page limit is reached.
    package mutating func fill(_ requested: Set<Page>, hasRoom: () throws -> Bool) rethrows {
        let uncounted = requested.subtracting(pages.keys)
        guard !uncounted.isEmpty, try hasRoom() else { return }
        for page in uncounted { pages[page] = .zero }
    }

    package func tally(of page: Page?) -> Tally {
        Tally(site: site, page: page.flatMap { pages[$0] })
    }
}

/// The results of ``Work``. Each part succeeds or fails independently: a full disk can still be read.
package struct Results: Sendable {
    /// A tally for each visit, in order; an error if the visits or the sums could not be stored.
    package var tallies: Result<[Tally], StoreError>
    package var totals: Result<Totals, StoreError>
    /// The statistics by query.
    package var statistics: Result<[StatisticsQuery: Statistics], StoreError>

    /// The results of empty work.
    init() {
        tallies = .success([])
        totals = .success(Totals())
        statistics = .success([:])
    }

    /// The results of work that couldn't start.
    init(failing error: StoreError) {
        tallies = .failure(error)
        totals = .failure(error)
        statistics = .failure(error)
    }

    /// Does the work by calling a function for each part that is not empty. The slowest part comes last.
    package init(
        of work: Work,
        record: (Work) throws(StoreError) -> [Tally],
        totals: (Set<Page>) throws(StoreError) -> Totals,
        statistics: (StatisticsQuery) throws(StoreError) -> Statistics
    ) {
        self.tallies = Result { () throws(StoreError) in
            work.hasWrites ? try record(work) : []
        }
        self.totals = Result { () throws(StoreError) in
            if let pages = work.totals { try totals(pages) } else { Totals() }
        }
        self.statistics = Result { () throws(StoreError) in
            var all: [StatisticsQuery: Statistics] = [:]
            for query in work.statistics { all[query] = try statistics(query) }
            return all
        }
    }

    /// The first error.
    var failure: StoreError? {
        do throws(StoreError) {
            _ = try (tallies.get(), totals.get(), statistics.get())
            return nil
        } catch {
            return error
        }
    }
}
