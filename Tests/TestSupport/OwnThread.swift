import Foundation
import Glibc

/// Does work that computes or blocks for more than a moment on a thread of its own, so that it holds none of the few
/// threads that all other tests share.
package func onOwnThread<Result: Sendable>(_ work: @Sendable () throws -> Result) async throws -> Result {
    try await withTaskExecutorPreference(OwnThread.executor) { try work() }
}

/// Runs each job of a task on a new thread, which gives way to every other: programs under test, and what waits for them
/// with a deadline, do not notice it.
private final class OwnThread: TaskExecutor {
    static let executor = OwnThread()

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let thread = Thread { [self] in
            // Linux counts niceness by the thread, whatever POSIX says. Source: setpriority(2), "C library/kernel differences".
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
        thread.stackSize = 8 << 20
        thread.start()
    }
}
