internal import Configuration
internal import Dispatch
internal import HTTPServer
internal import Locking
internal import Logging
internal import Operations
internal import Systemd
internal import Web

/// Reads the configuration, and that of the web side, again and puts both in force, or leaves everything as it is. Safe from
/// any thread; one after the other, on a thread of their own, since a disk may hang.
package final class Reload: Sendable {
    /// Is told why nothing has changed, in lines that hold nothing of the files but their keys; nothing where the
    /// configuration is in force.
    typealias Asker = @Sendable ([String]) -> Void

    /// How many askers may wait to be told: each has a connection that nobody else can have meanwhile.
    static let mostWaiting = 16
    /// Of one client, so that it leaves room to others.
    static let mostWaitingOfClient = 8

    private enum Outcome: Equatable {
        case inForce(summary: String, warnings: [String])
        /// With the lines for whoever asked without having logged in, and those for the log.
        case refused(told: [String], faults: [String])

        init(refusing error: ConfigurationError) {
            self = .refused(told: error.all.map(\.told), faults: error.faults)
        }

        var told: [String] {
            guard case .refused(let told, _) = self else { return [] }
            return told
        }
    }

    private struct State {
        /// Those who want to be told what comes of the next run, which they share.
        var waiting: [(client: ClientAddress, tell: Asker)] = []
        /// Those whom the run under way will tell.
        var served: [(client: ClientAddress, tell: Asker)] = []
        /// Whether somebody who cannot be told has asked, and reads the log.
        var isSignaled = false
        /// Whether there is to be a run after the one under way, or now.
        var isDue = false
        var isRunning = false
        /// What came of the last run; nil before the first.
        var outcome: Outcome?

        /// True where somebody has to see to the run.
        mutating func ask() -> Bool {
            isDue = true
            defer { isRunning = true }
            return !isRunning
        }

        func hasRoom(for client: ClientAddress) -> Bool {
            let all = waiting + served
            return all.count < Reload.mostWaiting && all.count { $0.client == client } < Reload.mostWaitingOfClient
        }

        /// False where no run is due.
        mutating func begin() -> Bool {
            (served, waiting) = (waiting, [])
            (isRunning, isDue) = (isDue, false)
            return isRunning
        }
    }

    private let read: @Sendable () throws(ConfigurationError) -> Configuration
    private let web: WebFront
    private let accounts: RunningAccounts
    private let published: Published
    private let log: Logger
    private let state = Locked(State())
    private let queue = DispatchQueue(label: "reload")

    init(
        _ read: @escaping @Sendable () throws(ConfigurationError) -> Configuration, web: WebFront,
        accounts: RunningAccounts, published: Published, log: Logger
    ) {
        self.read = read
        self.web = web
        self.accounts = accounts
        self.published = published
        self.log = log
    }

    /// Does it some time soon, without holding up the caller. For SIGHUP.
    package func request() {
        let starts = state.withLock { state in
            state.isSignaled = true
            return state.ask()
        }
        if starts { queue.async { self.work() } }
    }

    /// The same, and tells `asker` what came of it, from the reload's own thread: of a run that begins after this call. False
    /// where too many wait already; they are not told.
    func request(of client: ClientAddress, telling asker: @escaping Asker) -> Bool {
        let (isTaken, starts) = state.withLock { state in
            guard state.hasRoom(for: client) else { return (false, false) }
            state.waiting.append((client, asker))
            return (true, state.ask())
        }
        if starts { queue.async { self.work() } }
        return isTaken
    }

    /// Tells all who wait that it is too late, also those of a run that hangs. To be called when the accounts have been
    /// stopped: nothing is put in force after that.
    func stop() {
        let askers = state.withLock { state in
            defer { (state.waiting, state.served) = ([], []) }
            return state.served + state.waiting
        }
        for asker in askers { asker.tell(Self.stopping) }
    }

    private static let stopping = ["the exporter is stopping"]

    /// Runs for as long as a run is due.
    private func work() {
        while state.withLock({ $0.begin() }) {
            let faults = attemptInTurn()
            let askers = state.withLock { state in
                defer { state.served = [] }
                return state.served
            }
            for asker in askers { asker.tell(faults) }
        }
    }

    private func attemptInTurn() -> [String] {
        guard !accounts.isStopped else { return Self.stopping }
        // That it cannot be reached is said by the heartbeat.
        let manager = ServiceManager()
        try? manager?.tellReloading()
        defer { try? manager?.tell(["READY=1"]) }
        let outcome = attempt()
        published.noteReload(success: outcome.told.isEmpty ? .wallClock() : nil)
        let isNew = state.withLock { state in
            defer { (state.outcome, state.isSignaled) = (outcome, false) }
            return state.isSignaled || state.outcome != outcome
        }
        if isNew { report(outcome) }
        return outcome.told
    }

    /// Whoever asks over HTTP is told; the log has how trouble starts, changes and ends, and what a signal did.
    private func report(_ outcome: Outcome) {
        switch outcome {
        case .inForce(let summary, let warnings):
            log.info("configuration reloaded", metadata: ["in_force": "\(summary)"])
            for warning in warnings { log.warning("\(warning)") }
        case .refused(_, let faults):
            log.error("configuration not reloaded, nothing has changed: \(faults.joined(separator: "; "))")
        }
    }

    /// Looks at both files before either is in force.
    private func attempt() -> Outcome {
        let configuration = Result { () throws(ConfigurationError) in try read() }
        let candidate = Result { () throws(ConfigurationError) in try web.candidate() }
        do {
            if case .failure(let one) = configuration, case .failure(let other) = candidate {
                return Outcome(refusing: ConfigurationError(one.all + other.all))
            }
            let (fresh, web) = (try configuration.get(), try candidate.get())
            let changes = try accounts.match(fresh)
            if let web { self.web.install(web) }
            for change in changes { change.report(to: log) }
            return .inForce(summary: fresh.summary, warnings: fresh.warnings)
        } catch let error as ConfigurationError {
            return Outcome(refusing: error)
        } catch {
            return .refused(told: ["\(error)"], faults: ["\(error)"])
        }
    }
}
