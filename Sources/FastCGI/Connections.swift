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

        fileprivate var deadline: Int? {
            if case .owing(let deadline) = self { deadline } else { nil }
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
        var longest: (descriptor: CInt, since: Int)?
        for (descriptor, state) in states.enumerated() {
            guard case .idle(let since)? = state, since < longest?.since ?? .max else { continue }
            longest = (CInt(descriptor), since)
        }
        return longest?.descriptor
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
