/// What the owner may do with the numbers of a store, beside counting.
///
/// Every store passes the same suite for it, too. Others may count at the same time; two owners had better not.
package protocol OwnersStore: CounterStore {
    /// All numbers: those of the site first, then those of each page that has any, by the bytes of their paths.
    ///
    /// Each history is of one moment: its days and what came before them make its total. They are read at once, since a
    /// store may have to keep that moment for as long as somebody reads it.
    func histories() throws(StoreError) -> [History]

    /// - Returns: an empty one for a page that there is not.
    func history(of page: Page?) throws(StoreError) -> History

    /// Adds to what is there, at most once, together with the receipts for it. The numbers may be below zero.
    ///
    /// A store that can't do it in one transaction does it a page at a time. Interrupted, it is completed by being done again.
    ///
    /// - Parameters:
    ///   - receipts: 31 at most, a month of days.
    ///   - progress: is told how many of the histories are done.
    /// - Returns: `false`, and nothing was added, when the store has these receipts already.
    /// - Throws: also when a receipt is not what it was taken for, or a total would be below zero or above
    ///   ``Tally/Count/limit``.
    func merge(
        _ histories: [History],
        for receipts: [Receipt],
        progress: @escaping @Sendable (Int) -> Void
    ) throws(StoreError) -> Bool

    /// Makes the store's numbers these, and its receipts. Visitors who came today stay known.
    ///
    /// - Throws: also when there are numbers, of a store that can't do it in one transaction.
    func replace(
        with histories: [History],
        for receipts: [Receipt],
        progress: @escaping @Sendable (Int) -> Void
    ) throws(StoreError)

    /// Removes pages and their numbers; those of the site stay.
    ///
    /// - Returns: those that were there.
    func remove(_ pages: Set<Page>) throws(StoreError) -> Set<Page>

    /// Forgets the numbers of single days, which stay in the totals.
    func forget(before day: Day) throws(StoreError)

    /// - Returns: the values of those receipts that there are, by name.
    func receipts(_ names: [String]) throws(StoreError) -> [String: String]
}

extension OwnersStore {
    package func merge(_ histories: [History], for receipts: [Receipt] = []) throws(StoreError) -> Bool {
        try merge(histories, for: receipts, progress: { _ in })
    }

    package func replace(with histories: [History], for receipts: [Receipt] = []) throws(StoreError) {
        try replace(with: histories, for: receipts, progress: { _ in })
    }
}

/// What a store keeps of something that was added to it, so that it is not added again: a name, and what tells whether
/// it is the same. Nothing of a visitor is in it.
package struct Receipt: Sendable, Equatable {
    package var name: String
    /// What the store has under this name; `nil` for nothing.
    package var old: String?
    package var new: String

    package init(_ name: String, old: String? = nil, new: String) {
        self.name = name
        self.old = old
        self.new = new
    }
}

extension [Receipt] {
    /// - Returns: whether what they are for is still to be done, going by what the store has.
    /// - Throws: when it is neither to be done nor done.
    package func areOutstanding(_ stored: [String: String]) throws(StoreError) -> Bool {
        guard !isEmpty else { return true }
        if allSatisfy({ stored[$0.name] == $0.new }) { return false }
        guard allSatisfy({ stored[$0.name] == $0.old }) else {
            throw StoreError("something else was imported meanwhile; run the command again", isBusy: true)
        }
        return true
    }
}
