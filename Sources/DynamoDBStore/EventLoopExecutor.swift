#if DynamoDB
import NIOCore

/// Runs tasks on an event loop, the thread that also does their network I/O. The store can therefore block any other
/// thread, even one of Swift's pool, and a call needs only one thread switch, for its result.
final class EventLoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
#endif
