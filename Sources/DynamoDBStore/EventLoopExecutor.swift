#if DynamoDB
import NIOCore

/// Runs tasks on an event loop: on the thread that reads and writes for them, and on no other. So the store works whatever
/// thread it blocks, one of Swift's own pool among them, and an answer costs no switch of threads but the last.
final class EventLoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
#endif
