import Headcount

/// The open connections by descriptor.
struct Connections {
    enum State: Equatable {
        /// Kept alive, without a request; `since` orders them by age.
        case idle(since: Int)
        /// The rest of a request, or the first request, must come by the deadline.
        case awaiting(by: Deadline)
        /// Its request is in the batch.
        case answering

        fileprivate var deadline: Deadline? {
            if case .awaiting(let deadline) = self { deadline } else { nil }
        }
    }

    private struct Connection {
        var state: State
        /// The beginning of a request that hasn't come whole.
        var received: [UInt8] = []
    }

    private(set) var count = 0
    private var awaitingCount = 0
    private var turn = 0
    private var connections: [Connection?] = []

    /// The state of a connection; `nil` when there is none with this descriptor.
    subscript(descriptor: CInt) -> State? {
        Int(descriptor) < connections.count ? connections[Int(descriptor)]?.state : nil
    }

    var descriptors: [CInt] { connections.indices.filter { connections[$0] != nil }.map { CInt($0) } }

    /// Whether any connection has a deadline.
    var areAwaiting: Bool { awaitingCount > 0 }

    func overdue(at moment: Deadline) -> [CInt] {
        descriptors.filter { self[$0]?.deadline.map { $0 <= moment } ?? false }
    }

    var longestIdle: CInt? {
        var longest: (descriptor: CInt, since: Int)?
        for (descriptor, connection) in connections.enumerated() {
            guard case .idle(let since)? = connection?.state, since < longest?.since ?? .max else { continue }
            longest = (CInt(descriptor), since)
        }
        return longest?.descriptor
    }

    mutating func open(_ descriptor: CInt, awaitingBy deadline: Deadline) {
        while connections.count <= Int(descriptor) { connections.append(nil) }
        set(descriptor, Connection(state: .awaiting(by: deadline)))
    }

    func received(_ descriptor: CInt) -> [UInt8] { connections[Int(descriptor)]?.received ?? [] }

    /// Keeps the beginning of a request. A deadline that is set stays: sending a byte now and then gains no time.
    mutating func keep(_ received: [UInt8], of descriptor: CInt, by deadline: Deadline) {
        let state = self[descriptor]
        set(descriptor, Connection(state: .awaiting(by: state?.deadline ?? deadline), received: received))
    }

    mutating func answer(_ descriptor: CInt) { set(descriptor, Connection(state: .answering)) }

    mutating func idle(_ descriptor: CInt) {
        turn += 1
        set(descriptor, Connection(state: .idle(since: turn)))
    }

    mutating func remove(_ descriptor: CInt) { set(descriptor, nil) }

    private mutating func set(_ descriptor: CInt, _ connection: Connection?) {
        let before = connections[Int(descriptor)]
        connections[Int(descriptor)] = connection
        count += (connection == nil ? 0 : 1) - (before == nil ? 0 : 1)
        awaitingCount += (connection?.state.deadline == nil ? 0 : 1) - (before?.state.deadline == nil ? 0 : 1)
    }
}
