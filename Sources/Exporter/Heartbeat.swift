internal import Dispatch
internal import HTTPServer
internal import Locking
internal import Logging
internal import Systemd
internal import Web

/// Tells the service manager that the exporter is ready, how it is doing, and, as long as that is true, that it is alive.
///
/// Alive means: on every socket a request for `/-/ready` is answered, which takes the locks a scrape takes, and no handler
/// hangs. A faulty API, disk or account is none of the watchdog's business, also where its poller hangs with it: a restart
/// would put none of them right, and would take from the other accounts, and from the alerts on numbers that grow old, the
/// metrics that tell of it.
final class Heartbeat: Sendable {
    /// Without a watchdog, how often the status is brought up to date.
    private static let usualInterval = Duration.seconds(30)

    private let manager: ServiceManager
    private let server: Server
    private let published: Published
    private let log: Logger
    private let queue = DispatchQueue(label: "heartbeat")
    private let state = Locked(State())

    private struct State {
        var isStopped = false
        /// What was last logged, so that a fault is logged when it starts and not again.
        var fault: String?
    }

    init(_ manager: ServiceManager, server: Server, published: Published, log: Logger) {
        self.manager = manager
        self.server = server
        self.published = published
        self.log = log
    }

    /// To be called once everything runs; beats until `stop`.
    func start() {
        tell("READY=1", status)
        scheduleNext(after: interval)
    }

    /// Says that the exporter is about to end.
    func stop() {
        state.withLock { $0.isStopped = true }
        tell("STOPPING=1", "STATUS=Stopping")
    }

    /// Half of what the service manager waits for, as it recommends.
    private var interval: Duration { manager.watchdogTime.map { $0 / 2 } ?? Self.usualInterval }

    private func scheduleNext(after time: Duration) {
        queue.asyncAfter(deadline: .now() + time / .seconds(1)) { [weak self] in
            guard let self, !state.withLock({ $0.isStopped }) else { return }
            scheduleNext(after: beat())
        }
    }

    /// Asks the server once, and tells the service manager of an answer. Blocks for an eighth of the watchdog's time at most.
    /// Returns when the next beat is due: at once after a miss, so that there are four of them before the service manager
    /// loses patience, and one slow answer costs nothing.
    func beat() -> Duration {
        guard let watchdogTime = manager.watchdogTime else {
            tell(status)
            return interval
        }
        let limit = watchdogTime / 8
        let start = ContinuousClock.now
        guard server.isServing(path: "/-/ready", within: limit) else {
            note("the web server does not answer; unless it does soon, the watchdog will end this process")
            // A handler that hangs is seen without waiting.
            return max(.zero, start + limit - .now)
        }
        tell("WATCHDOG=1", status)
        return interval
    }

    private var status: String {
        let (up, all) = published.upCount
        return "STATUS=Serving; the last poll succeeded for \(up) of \(all)"
    }

    private func tell(_ assignments: String...) {
        do {
            try manager.tell(assignments)
            note(nil)
        } catch {
            note("\(error)")
        }
    }

    private func note(_ fault: String?) {
        let isNew = state.withLock { state in
            defer { state.fault = fault }
            return state.fault != fault
        }
        if isNew, let fault { log.error("\(fault)") }
    }
}
