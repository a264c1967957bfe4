internal import Glibc

/// SIGTERM and SIGINT, held back from the whole process until they are waited for.
///
/// Made on the main thread before any other thread, since threads inherit the mask; libdispatch's main loop would drop
/// it, so the main thread itself waits. SIGPIPE is ignored: a client that hangs up is no reason to die; and so is SIGHUP,
/// which asks for a reload of a configuration there is not.
package struct ShutdownSignals {
    private var signals: sigset_t

    package init() {
        signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)
        signal(SIGHUP, SIG_IGN)
    }

    /// Blocks until one of them arrives; returns its name.
    package func wait() -> String {
        var signals = signals
        var received: Int32 = 0
        while sigwait(&signals, &received) != 0 {}
        return received == SIGINT ? "SIGINT" : "SIGTERM"
    }
}
