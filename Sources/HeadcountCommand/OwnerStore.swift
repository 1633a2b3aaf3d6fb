import Headcount

/// A store whose numbers the owner can read in full and change.
///
/// Every store passes the same tests, `Tests/StoreConformance`. Visits may be counted at the same time; only one command
/// should change numbers at a time.
package protocol OwnerStore: CounterStore {
    /// All numbers: those of the site first, then those of each page that has any, ordered by the bytes of their paths.
    ///
    /// The days and the total of each history are read at one moment.
    func histories() throws(StoreError) -> [History]

    /// - Returns: an empty history for an unknown page.
    func history(of page: Page?) throws(StoreError) -> History

    /// Adds numbers, which may be negative, and stores the receipts for them. Numbers with the same receipts are added once.
    ///
    /// A store that can't do it in one transaction uses one for each page. If it is interrupted, call it again to complete it.
    ///
    /// - Parameters:
    ///   - receipts: at most 31, a month of days.
    ///   - progress: called with the number of histories that are done.
    /// - Returns: `false` if the store has these receipts already. Nothing was added then.
    /// - Throws: also if a receipt's old value differs from the stored one, or if a total would be outside 0 to
    ///   ``Tally/Count/limit``.
    func merge(
        _ histories: [History],
        for receipts: [Receipt],
        progress: @escaping @Sendable (Int) -> Void
    ) throws(StoreError) -> Bool

    /// Replaces all numbers and receipts. Today's visitors stay known.
    ///
    /// - Throws: also if a store that can't do it in one transaction is not empty.
    func replace(
        with histories: [History],
        for receipts: [Receipt],
        progress: @escaping @Sendable (Int) -> Void
    ) throws(StoreError)

    /// Removes pages and their numbers. The numbers of the site stay.
    ///
    /// - Returns: the pages that existed.
    func remove(_ pages: Set<Page>) throws(StoreError) -> Set<Page>

    /// Removes the numbers of single days. The totals stay.
    func prune(before day: Day) throws(StoreError)

    /// - Returns: the values of the receipts that exist, by name.
    func receipts(_ names: [String]) throws(StoreError) -> [String: String]
}

extension OwnerStore {
    package func merge(_ histories: [History], for receipts: [Receipt] = []) throws(StoreError) -> Bool {
        try merge(histories, for: receipts, progress: { _ in })
    }

    package func replace(with histories: [History], for receipts: [Receipt] = []) throws(StoreError) {
        try replace(with: histories, for: receipts, progress: { _ in })
    }
}

/// Records in the store that something was imported, so that it is not imported twice. It holds nothing about visitors.
package struct Receipt: Sendable, Equatable {
    package var name: String
    /// The value that the store has under this name now; `nil` for none.
    package var old: String?
    package var new: String

    package init(_ name: String, old: String? = nil, new: String) {
        self.name = name
        self.old = old
        self.new = new
    }
}

extension [Receipt] {
    /// - Parameter stored: the values in the store, by name.
    /// - Returns: `true` if the import is still to be done, `false` if it is done.
    /// - Throws: if the stored values are neither the old nor the new ones.
    package func areOutstanding(_ stored: [String: String]) throws(StoreError) -> Bool {
        guard !isEmpty else { return true }
        if allSatisfy({ stored[$0.name] == $0.new }) { return false }
        guard allSatisfy({ stored[$0.name] == $0.old }) else {
            throw StoreError("another command imported something at the same time; run the command again", .busy)
        }
        return true
    }
}
