import Glibc

/// The open connections and what each of them is at, by descriptor.
struct Connections {
    enum State: Equatable {
        /// Kept alive, with nothing asked; `since` orders them by age.
        case idle(since: Int)
        /// Owes us the rest of a request, or the first one, until a moment in milliseconds.
        case owing(until: Int)
        /// In the batch.
        case answering
        /// Was refused, and may still send what nobody reads, until a moment in milliseconds.
        case draining(until: Int)

        fileprivate var deadline: Int? {
            switch self {
            case .owing(let deadline), .draining(let deadline): deadline
            case .idle, .answering: nil
            }
        }
    }

    private(set) var count = 0
    private var owing = 0
    private var turn = 0
    private var states: [State?] = []

    subscript(descriptor: CInt) -> State? {
        Int(descriptor) < states.count ? states[Int(descriptor)] : nil
    }

    var descriptors: [CInt] { states.indices.filter { states[$0] != nil }.map { CInt($0) } }

    /// Whether any connection has a deadline.
    var areOwing: Bool { owing > 0 }

    func overdue(at moment: Int) -> [CInt] {
        descriptors.filter { self[$0]?.deadline.map { $0 <= moment } ?? false }
    }

    var longestIdle: CInt? {
        first { if case .idle(let since) = $0 { since } else { nil } }?.descriptor
    }

    /// The connection whose deadline comes first, unless that is after a moment.
    func firstDue(by moment: Int) -> CInt? {
        first(\.deadline).flatMap { $0.rank <= moment ? $0.descriptor : nil }
    }

    private func first(_ rank: (State) -> Int?) -> (descriptor: CInt, rank: Int)? {
        var first: (descriptor: CInt, rank: Int)?
        for (descriptor, state) in states.enumerated() {
            guard let rank = state.flatMap(rank), rank < first?.rank ?? .max else { continue }
            first = (CInt(descriptor), rank)
        }
        return first
    }

    mutating func open(_ descriptor: CInt, owingUntil deadline: Int) {
        while states.count <= Int(descriptor) { states.append(nil) }
        set(descriptor, .owing(until: deadline))
    }

    /// Sets a deadline, unless one is running: a peer that sends a byte now and then gains no time.
    mutating func owe(_ descriptor: CInt, until deadline: Int) {
        guard case .idle? = self[descriptor] else { return }
        set(descriptor, .owing(until: deadline))
    }

    mutating func answer(_ descriptor: CInt) { set(descriptor, .answering) }

    mutating func drain(_ descriptor: CInt, until deadline: Int) { set(descriptor, .draining(until: deadline)) }

    mutating func idle(_ descriptor: CInt) {
        turn += 1
        set(descriptor, .idle(since: turn))
    }

    mutating func forget(_ descriptor: CInt) { set(descriptor, nil) }

    private mutating func set(_ descriptor: CInt, _ state: State?) {
        let before = states[Int(descriptor)]
        states[Int(descriptor)] = state
        count += (state == nil ? 0 : 1) - (before == nil ? 0 : 1)
        owing += (state?.deadline == nil ? 0 : 1) - (before?.deadline == nil ? 0 : 1)
    }
}
