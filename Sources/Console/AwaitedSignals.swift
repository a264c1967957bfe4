internal import Glibc

/// Signals that are held back from the whole process until they are waited for.
///
/// Made on the main thread before any other thread, since threads inherit the mask; libdispatch's main loop would drop
/// it, so the main thread itself waits, or a `SignalThread`. SIGPIPE is ignored: a client that hangs up is no reason to die; and so is SIGHUP
/// where nobody waits for it, since a terminal that is closed is none either.
package struct AwaitedSignals {
    /// What a program may be told.
    package enum Signal: String, Sendable {
        case interrupt = "SIGINT"
        case terminate = "SIGTERM"
        /// By custom, to read the configuration again.
        case hangUp = "SIGHUP"

        fileprivate var number: Int32 {
            switch self {
            case .interrupt: SIGINT
            case .terminate: SIGTERM
            case .hangUp: SIGHUP
            }
        }
    }

    private let awaited: [Signal]
    private var set: sigset_t

    package init(_ awaited: Signal...) {
        self.awaited = awaited
        set = sigset_t()
        sigemptyset(&set)
        for signal in awaited { sigaddset(&set, signal.number) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
        if !awaited.contains(.hangUp) { signal(SIGHUP, SIG_IGN) }
    }

    /// Blocks until one of them arrives.
    package func wait() -> Signal {
        var set = set
        var received: Int32 = 0
        while true {
            guard sigwait(&set, &received) == 0, let signal = awaited.first(where: { $0.number == received }) else {
                continue
            }
            return signal
        }
    }
}
