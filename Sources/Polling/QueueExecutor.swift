@preconcurrency internal import Dispatch

/// Runs an actor on a dispatch queue of its own, so that its disk writes never hold a thread of the concurrency pool, and on
/// a second one what its tasks do besides: the next page is read while the actor records one.
///
/// The queues of all accounts share the threads of one quality of service, of which Dispatch has as many as processors, and
/// more while some wait for a disk. Where there is more to do than processors, whoever serves scrapes goes first: on Linux,
/// too, the threads of each quality have a nice value by it, which is 2 for this one.
final class QueueExecutor: SerialExecutor {
    /// For tasks, of which what belongs to another actor or to none then runs on the second queue.
    let tasks: QueueTaskExecutor
    private let queue: DispatchQueue

    init(label: String) {
        queue = DispatchQueue(label: label, target: .global(qos: .utility))
        tasks = QueueTaskExecutor(queue: DispatchQueue(label: "\(label).reading", target: .global(qos: .utility)))
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}

/// The second queue of a `QueueExecutor`.
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
