internal import Dispatch
internal import Glibc
internal import Locking

/// Hears signals on a thread of its own, and ends the process where it hangs after one that asks it to stop.
package final class SignalThread: Sendable {
    private let arrived = DispatchSemaphore(value: 0)
    private let stopped = Event()
    private let signals = Locked<[AwaitedSignals.Signal]>([])

    /// `limit` is the time from SIGTERM or SIGINT to `noteStopped`; after it `overdue` is called, and the process ends with
    /// `ExitStatus.failure`. Nil where there is no thread to be had.
    package init?(_ awaited: AwaitedSignals, limit: Duration, overdue: @escaping @Sendable () -> Void) {
        let isStarted = startThread { [self] in
            while true {
                let signal = awaited.wait()
                signals.withLock { $0.append(signal) }
                arrived.signal()
                if signal != .hangUp { end(within: limit, overdue) }
            }
        }
        guard isStarted else { return nil }
    }

    /// Blocks until a signal arrives, or returns one that has.
    package func next() -> AwaitedSignals.Signal {
        arrived.wait()
        return signals.withLock { $0.removeFirst() }
    }

    /// Says that everything has been stopped, and that the process is about to exit.
    package func noteStopped() {
        stopped.happen()
    }

    /// Exits with failure when `limit` has passed; or, where everything was stopped before, with success a second after that,
    /// should the process still be there.
    private func end(within limit: Duration, _ overdue: () -> Void) -> Never {
        guard stopped.wait(atMost: limit) else {
            overdue()
            _exit(ExitStatus.failure)
        }
        sleep(1)
        _exit(ExitStatus.success)
    }
}
