@preconcurrency internal import Dispatch

/// Runs an actor on a dispatch queue of its own, so that its disk writes never hold a thread of the concurrency pool, and
/// what its tasks do besides, which is to read pages.
///
/// Where there is more to do than processors, whoever serves scrapes goes first: on Linux, too, Dispatch has threads of their
/// own for each quality of service, with a nice value by it, which is 2 for this one.
final class QueueExecutor: SerialExecutor {
    /// For tasks, of which what belongs to no actor then runs on the same queue.
    let tasks: QueueTaskExecutor
    private let queue: DispatchQueue

    init(label: String) {
        queue = DispatchQueue(label: label, qos: .utility)
        tasks = QueueTaskExecutor(queue: queue)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}

/// The queue of a `QueueExecutor`, for tasks.
final class QueueTaskExecutor: TaskExecutor {
    private let queue: DispatchQueue

    init(queue: DispatchQueue) {
        self.queue = queue
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
