import Headcount

/// A store that the first call opens. For a script that is most of its work, and a preflight or a page that there is not
/// need none.
final class LateStore: CounterStore {
    private let make: () throws(StartFailure) -> any CounterStore
    private var store: Result<any CounterStore, StartFailure>?

    init(_ make: @escaping () throws(StartFailure) -> any CounterStore) {
        self.make = make
    }

    /// Why it could not be opened.
    var failure: StartFailure? { if case .failure(let failure) = store { failure } else { nil } }

    var isOpen: Bool { if case .success = store { true } else { false } }

    private func opened() throws(StoreError) -> any CounterStore {
        do throws(StartFailure) {
            if let store { return try store.get() }
            let made = Result(catching: make)
            store = made
            let opened = try made.get()
            // It was not there to be told.
            opened.beginBatch()
            return opened
        } catch {
            throw StoreError(error.lines.joined(separator: "; "))
        }
    }

    func beginBatch() {
        if case .success(let store) = store { store.beginBatch() }
    }

    func open(_ day: Day) throws(StoreError) -> OpenDay { try opened().open(day) }

    func record(_ visits: [Visit], on day: Day) throws(StoreError) -> [Tally] { try opened().record(visits, on: day) }

    func totals(of pages: Set<Page>) throws(StoreError) -> [Page?: Tally.Count] { try opened().totals(of: pages) }

    func statistics(of page: Page?, from first: Day, to last: Day) throws(StoreError) -> Statistics {
        try opened().statistics(of: page, from: first, to: last)
    }

    func sweep() throws(StoreError) -> Sweep { try opened().sweep() }

    func close() throws(StoreError) {
        if case .success(let store) = store { try store.close() }
    }
}
