/// Stores the numbers. Used by one thread only; several processes may share the same file or table.
///
/// Every store passes the same suite, `Tests/StoreConformance`.
package protocol CounterStore: AnyObject {
    /// Opens a day for counting and destroys the salts of the days before it. Their hashes are erased by ``sweep()``.
    ///
    /// The first process creates the day's salt; all others get the same one. If the clock steps back by up to a
    /// day, the newer day stays open and is returned, so a small correction neither counts visitors twice nor revives a
    /// destroyed salt. A larger step back means that the newer day was wrong: it is closed, and `day` is opened.
    ///
    /// - Parameter deadline: when to give up.
    /// - Throws: if the salt can't be read or committed.
    func open(_ day: Day, by deadline: Deadline) throws(StoreError) -> OpenDay

    /// Does the work of one batch, and returns once it is durable. Does nothing if the work is empty.
    ///
    /// Counts all visits in one transaction, as if they were counted one by one, in order. A visit to a page past the
    /// page limit still counts for the site. If counting fails, the result is an error, and either all visits or none
    /// are counted; a store without such transactions may count only the site or only the page. The sums of the requests
    /// that were left out are added with the visits, or without any.
    ///
    /// - Parameter deadline: when to give up.
    func perform(_ work: Work, by deadline: Deadline) -> Results

    /// Erases some data of closed days, little enough not to delay the next batch.
    func sweep() throws(StoreError) -> Sweep

    /// Closes the store. Call nothing else afterwards.
    func close() throws(StoreError)
}

extension CounterStore {
    /// The totals of the site and of `pages`.
    package func totals(of pages: Set<Page>, by deadline: Deadline = .after(10_000)) throws(StoreError) -> Totals {
        var work = Work()
        work.totals = pages
        return try perform(work, by: deadline).totals.get()
    }

    /// The totals of the site and of `page`.
    package func tally(for page: Page?) throws(StoreError) -> Tally {
        try totals(of: page.map { [$0] } ?? []).tally(of: page)
    }

    package func statistics(for query: StatisticsQuery) throws(StoreError) -> Statistics {
        var work = Work()
        work.statistics = [query]
        guard let statistics = try perform(work, by: .after(10_000)).statistics.get()[query] else {
            throw StoreError("no statistics")
        }
        return statistics
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

/// The result of a sweep.
package enum Sweep: Sendable, Equatable {
    /// There is more to erase: call again after the next batch.
    case more
    /// Another process prevents it: call again in about a second.
    case blocked
    /// Everything of closed days is erased.
    case clean
}

/// A failure of the store. Trying again later may help.
package struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reason, for the log; never sent to clients.
    package var description: String
    package var kind: Kind

    package enum Kind: Sendable {
        /// Another process held a lock.
        case busy
        /// The disk is full or fails.
        case disk
        case other
    }

    package init(_ description: String, _ kind: Kind = .other) {
        self.description = description
        self.kind = kind
    }
}
