/// The visitors that are known to be stored today, so that repeat visits don't look them up in the store. A full set is
/// emptied, which costs lookups but never changes a count.
struct SeenVisitors {
    private var ids: Set<VisitorID> = []

    /// 65,536 ids take about two megabytes.
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
