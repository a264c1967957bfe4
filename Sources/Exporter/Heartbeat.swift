internal import Dispatch
internal import HTTPServer
internal import Locking
internal import Logging
internal import Polling
internal import Systemd
internal import Web

/// Tells the service manager that the exporter is ready, how it is doing, and, as long as that is true, that it is alive.
///
/// Alive means: on every socket a request for `/-/ready` is answered, which takes the locks a scrape takes, no handler
/// hangs, and every poller's queue takes up a job. A faulty API, disk or account is none of the watchdog's business: the
/// metrics tell of it, which a restart would not put right.
final class Heartbeat: Sendable {
    /// Without a watchdog, how often the status is brought up to date.
    private static let usualInterval = Duration.seconds(30)

    private let manager: ServiceManager
    private let server: Server
    private let accounts: RunningAccounts
    private let published: Published
    private let log: Logger
    private let queue = DispatchQueue(label: "heartbeat")
    private let state = Locked(State())

    private struct State {
        var isStopped = false
        /// What was last logged, so that a fault is logged when it starts and not again.
        var fault: String?
    }

    init(_ manager: ServiceManager, server: Server, accounts: RunningAccounts, published: Published, log: Logger) {
        self.manager = manager
        self.server = server
        self.accounts = accounts
        self.published = published
        self.log = log
    }

    /// To be called once everything runs; beats until `stop`.
    func start() {
        tell("READY=1", status)
        scheduleNext()
    }

    /// Says that the exporter is about to end.
    func stop() {
        state.withLock { $0.isStopped = true }
        tell("STOPPING=1", "STATUS=Stopping")
    }

    /// Half of what the service manager waits for, as it recommends.
    private var interval: Duration { manager.watchdogTime.map { $0 / 2 } ?? Self.usualInterval }

    private func scheduleNext() {
        queue.asyncAfter(deadline: .now() + interval / .seconds(1)) { [weak self] in
            guard let self, !state.withLock({ $0.isStopped }) else { return }
            beat()
            scheduleNext()
        }
    }

    private func beat() {
        guard manager.watchdogTime != nil else { return tell(status) }
        // Both checks together end before the next beat is due.
        let limit = interval / 2
        guard server.isServing(path: "/-/ready", within: limit) else {
            return note("the web server does not answer; the watchdog will end this process")
        }
        guard arePolling(within: limit) else {
            return note("a poller hangs; the watchdog will end this process")
        }
        tell("WATCHDOG=1", status)
    }

    /// Whether every poller's queue takes up a job in time.
    private func arePolling(within limit: Duration) -> Bool {
        let answers = DispatchGroup()
        for poller in accounts.pollers {
            answers.enter()
            Task.detached {
                await poller.isTakingJobs()
                answers.leave()
            }
        }
        return answers.wait(timeout: .now() + limit / .seconds(1)) == .success
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
