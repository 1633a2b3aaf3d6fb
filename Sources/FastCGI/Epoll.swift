import CLinux
import Glibc

/// Linux's epoll(7).
final class Epoll {
    private let descriptor: CInt
    private var events: [epoll_event] = []

    init() throws(SystemError) {
        descriptor = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw SystemError("epoll_create1") }
    }

    deinit {
        close(descriptor)
    }

    /// - Parameter edgeTriggered: report a descriptor only when new data arrives, not as long as data is unread.
    func add(_ watched: CInt, edgeTriggered: Bool) throws(SystemError) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | EPOLLRDHUP.rawValue | (edgeTriggered ? EPOLLET.rawValue : 0)
        event.data.fd = watched
        guard epoll_ctl(descriptor, EPOLL_CTL_ADD, watched, &event) == 0 else { throw SystemError("epoll_ctl") }
    }

    /// Does nothing for a descriptor that isn't watched.
    func remove(_ watched: CInt) {
        var event = epoll_event()
        epoll_ctl(descriptor, EPOLL_CTL_DEL, watched, &event)
    }

    /// - Returns: the descriptors that are ready; empty after a timeout or a signal.
    func wait(milliseconds: Int, atMost limit: Int) throws(SystemError) -> [CInt] {
        if events.count < limit { events = Array(repeating: epoll_event(), count: limit) }
        let ready = epoll_wait(descriptor, &events, CInt(limit), CInt(clamping: milliseconds))
        guard ready >= 0 else {
            guard errno == EINTR else { throw SystemError("epoll_wait") }
            return []
        }
        return events[..<Int(ready)].map(\.data.fd)
    }
}
