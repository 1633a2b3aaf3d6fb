import Headcount

/// The open connections, by descriptor.
struct Connections {
    enum State: Equatable {
        /// Kept alive, without a request. Connections with a smaller `since` have been idle for longer.
        case idle(since: Int)
        /// Must complete its request, or send its first one, by the deadline.
        case receiving(by: Deadline)
        /// Its request is in the batch.
        case answering

        fileprivate var deadline: Deadline? {
            if case .receiving(let deadline) = self { deadline } else { nil }
        }
    }

    private struct Connection {
        var state: State
        /// The beginning of an incomplete request.
        var received: [UInt8] = []
    }

    private(set) var count = 0
    private var receivingCount = 0
    private var idleSequence = 0
    private var connections: [Connection?] = []

    /// The state of a connection; `nil` if no connection has this descriptor.
    subscript(descriptor: CInt) -> State? {
        Int(descriptor) < connections.count ? connections[Int(descriptor)]?.state : nil
    }

    var descriptors: [CInt] { connections.indices.filter { connections[$0] != nil }.map { CInt($0) } }

    /// Whether any connection has a deadline.
    var hasDeadlines: Bool { receivingCount > 0 }

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

    mutating func open(_ descriptor: CInt, by deadline: Deadline) {
        while connections.count <= Int(descriptor) { connections.append(nil) }
        set(descriptor, Connection(state: .receiving(by: deadline)))
    }

    func received(_ descriptor: CInt) -> [UInt8] { connections[Int(descriptor)]?.received ?? [] }

    /// Buffers the beginning of a request. Does not extend its deadline, so a client can't gain time by sending slowly.
    mutating func buffer(_ received: [UInt8], of descriptor: CInt, by deadline: Deadline) {
        let state = self[descriptor]
        set(descriptor, Connection(state: .receiving(by: state?.deadline ?? deadline), received: received))
    }

    mutating func setAnswering(_ descriptor: CInt) { set(descriptor, Connection(state: .answering)) }

    mutating func setIdle(_ descriptor: CInt) {
        idleSequence += 1
        set(descriptor, Connection(state: .idle(since: idleSequence)))
    }

    mutating func remove(_ descriptor: CInt) { set(descriptor, nil) }

    private mutating func set(_ descriptor: CInt, _ connection: Connection?) {
        let before = connections[Int(descriptor)]
        connections[Int(descriptor)] = connection
        count += (connection == nil ? 0 : 1) - (before == nil ? 0 : 1)
        receivingCount += (connection?.state.deadline == nil ? 0 : 1) - (before?.state.deadline == nil ? 0 : 1)
    }
}
