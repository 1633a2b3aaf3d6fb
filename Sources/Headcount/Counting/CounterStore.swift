/// Where the numbers are kept. One thread calls it, one call at a time; several processes may share what is behind it.
///
/// Every store passes the same suite, `Tests/StoreConformance`.
package protocol CounterStore: AnyObject {
    /// Opens a day for counting and destroys the salts of the days before it. Their hashes are erased by ``sweep()``.
    ///
    /// The first caller makes the day's salt; every other process gets the same one. If the clock steps back by up to a
    /// day, the newer day stays open and is returned, so a small correction neither counts visitors twice nor revives a
    /// destroyed salt. A larger step back means that the newer day was wrong: it is closed, and `day` is opened.
    ///
    /// - Parameter deadline: when to give up.
    /// - Throws: when the salt could not be read or committed.
    func open(_ day: Day, by deadline: Deadline) throws(StoreError) -> OpenDay

    /// Does everything that one batch of requests needs, and returns when it is durable. Work that is empty touches nothing.
    ///
    /// All visits are counted in one transaction, as if they had been recorded one by one, in order. A visit to a page past
    /// the limit of pages still counts for the site. If recording fails, the result is an error, and either none or all of
    /// the visits are counted; a store without one transaction for both may count the site without a page, or a page
    /// without the site.
    ///
    /// - Parameter deadline: when to give up.
    func perform(_ work: Work, by deadline: Deadline) -> Results

    /// Erases a slice of what closed days have left behind, small enough not to delay the next batch.
    func sweep() throws(StoreError) -> Sweep

    /// Closes the store. No other call may follow.
    func close() throws(StoreError)
}

extension CounterStore {
    /// The totals of the site and of these pages.
    package func totals(of pages: Set<Page>, by deadline: Deadline = .after(10_000)) throws(StoreError) -> Totals {
        var work = Work()
        work.totals = pages
        return try perform(work, by: deadline).totals.get()
    }

    /// The totals of the site and of `page`; zeros for a page that was never counted.
    package func tally(for page: Page?) throws(StoreError) -> Tally {
        try totals(of: page.map { [$0] } ?? []).tally(of: page)
    }

    package func statistics(for query: StatisticsQuery) throws(StoreError) -> Statistics {
        var work = Work()
        work.statistics = [query]
        guard let result = perform(work, by: .after(10_000)).statistics[query] else { throw StoreError("no statistics") }
        return try result.get()
    }
}

/// A day that visits are counted for, with its salt.
package struct OpenDay: Sendable, Equatable {
    package var day: Day
    package var salt: Salt

    package init(day: Day, salt: Salt) {
        self.day = day
        self.salt = salt
    }
}

/// What a sweep has left.
package enum Sweep: Sendable, Equatable {
    /// More to erase: call again between two batches.
    case more
    /// Another process prevents it: call again in a second or so.
    case blocked
    /// Nothing of a closed day.
    case clean
}

/// The store couldn't do what it was asked to. Trying again later may help.
package struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reason, for the log; never shown to a visitor.
    package var description: String
    /// Whether another process held the store for the moment.
    package var isBusy: Bool

    package init(_ description: String, isBusy: Bool = false) {
        self.description = description
        self.isBusy = isBusy
    }
}
