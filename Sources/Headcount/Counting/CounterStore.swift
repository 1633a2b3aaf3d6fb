/// Where the numbers are kept. One loop calls it, one call at a time; several processes may share what is behind it.
///
/// Every store passes the same suite, `Tests/StoreConformance`.
package protocol CounterStore: AnyObject {
    /// Says that the calls until the next time it is called are for one batch of requests, which all wait for the last.
    /// A store that waits for others waits no longer for all of them than for one.
    func beginBatch()

    /// Opens a day and destroys the salts of the days before it; their hashes go by ``sweep()``.
    ///
    /// The first caller makes the day's salt, everyone else gets the same. A clock that has stepped back by a day at
    /// most finds the newer day still open and is given that, so a small step neither counts visitors twice nor brings
    /// a destroyed salt back. A larger step means that the newer day was the error: it is closed and `day` opened.
    ///
    /// - Throws: when the salt could not be read or committed.
    func open(_ day: Day) throws(StoreError) -> OpenDay

    /// Counts a batch in one transaction, and returns only when it is durable.
    ///
    /// - Parameter visits: in the order of arrival; one whose page is past the limit of pages still counts for the site.
    /// - Parameter day: as ``open(_:)`` returned it.
    /// - Returns: a tally for each visit, in order, as if the visits had been recorded one by one.
    /// - Throws: when it is not certain that the batch is durable. Nothing of it is counted then, or all of it; or, in a
    ///   store without one transaction for both, the site without a page, or a page without the site.
    func record(_ visits: [Visit], on day: Day) throws(StoreError) -> [Tally]

    /// The numbers now, of the site, under `nil`, and of these pages.
    ///
    /// - Returns: nothing of a page that was never counted.
    func totals(of pages: Set<Page>) throws(StoreError) -> [Page?: Tally.Count]

    /// The numbers of the site, or of `page`, with the days from `first` to `last`.
    ///
    /// - Returns: for a page that was never counted, zeros and no pages.
    func statistics(of page: Page?, from first: Day, to last: Day) throws(StoreError) -> Statistics

    /// Erases one slice of what closed days have left behind, small enough to stall nobody.
    func sweep() throws(StoreError) -> Sweep

    /// Leaves everything in order. No other call may follow.
    func close() throws(StoreError)
}

extension CounterStore {
    package func beginBatch() {}

    /// The numbers now, of the site and of `page`.
    ///
    /// - Returns: zeros for a page that was never counted.
    package func tally(for page: Page?) throws(StoreError) -> Tally {
        Tally(of: page, in: try totals(of: page.map { [$0] } ?? []))
    }
}

/// A day that counts are put under, with its salt.
package struct OpenDay: Sendable, Equatable {
    package var day: Day
    package var salt: Salt

    package init(day: Day, salt: Salt) {
        self.day = day
        self.salt = salt
    }
}

/// How far the clean-up has come.
package enum Sweep: Sendable, Equatable {
    /// More is left: call again between two batches.
    case more
    /// Another process holds what is left: call again in a second or so.
    case blocked
    /// Nothing of a closed day is left.
    case clean
}

/// The store can't do now what it was asked; trying again later may help.
package struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What the store said, for the log; never for a visitor.
    package var description: String
    /// Whether only somebody else stood in the way, who ends soon.
    package var isBusy: Bool

    package init(_ description: String, isBusy: Bool = false) {
        self.description = description
        self.isBusy = isBusy
    }
}
