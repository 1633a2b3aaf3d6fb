/// The visitors that are known to be stored today, so that the store is spared their repeats. Bounded: a full set is
/// emptied and fills again, which costs the store a look, never a number.
struct SeenVisitors {
    private var ids: Set<VisitorID> = []

    /// 65,536 ids, about two megabytes.
    static let capacity = 1 << 16

    func contains(_ id: VisitorID) -> Bool {
        ids.contains(id)
    }

    mutating func insert(_ id: VisitorID) {
        if ids.count >= Self.capacity { ids.removeAll(keepingCapacity: true) }
        ids.insert(id)
    }

    mutating func removeAll() {
        ids.removeAll(keepingCapacity: true)
    }
}
