internal import Configuration
internal import Dispatch
internal import Locking
internal import Logging
internal import Operations
internal import Systemd
internal import Web

/// Reads the configuration, and that of the web side, again and puts both in force, or leaves everything as it is. Safe from
/// any thread; one after the other, on a thread of their own, since a disk may hang.
package final class Reload: Sendable {
    /// Is told why nothing has changed, a line for each fault; nothing where the configuration is in force.
    typealias Asker = @Sendable ([String]) -> Void

    /// How many askers may wait to be told: each has a connection that nobody else can have meanwhile.
    static let mostWaiting = 16

    private struct State {
        /// Those who want to be told what comes of the next run, which they share.
        var waiting: [Asker] = []
        /// Those whom the run under way will tell.
        var served: [Asker] = []
        /// Whether there is to be a run after the one under way, or now.
        var isDue = false
        var isRunning = false

        /// True where somebody has to see to the run.
        mutating func ask() -> Bool {
            isDue = true
            defer { isRunning = true }
            return !isRunning
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
        if state.withLock({ $0.ask() }) { queue.async { self.work() } }
    }

    /// The same, and tells `asker` what came of it, from the reload's own thread: of a run that begins after this call. False
    /// where too many wait already; they are not told.
    func request(telling asker: @escaping Asker) -> Bool {
        let (isTaken, starts) = state.withLock { state in
            guard state.waiting.count + state.served.count < Self.mostWaiting else { return (false, false) }
            state.waiting.append(asker)
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
        for asker in askers { asker(Self.stopping) }
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
            for asker in askers { asker(faults) }
        }
    }

    private func attemptInTurn() -> [String] {
        guard !accounts.isStopped else { return Self.stopping }
        // That it cannot be reached is said by the heartbeat.
        let manager = ServiceManager()
        try? manager?.tellReloading()
        defer { try? manager?.tell(["READY=1"]) }
        let faults = attempt()
        published.noteReload(success: faults.isEmpty ? .wallClock() : nil)
        if !faults.isEmpty {
            log.error("configuration not reloaded, nothing has changed: \(faults.joined(separator: "; "))")
        }
        return faults
    }

    /// Looks at both files before either is in force.
    private func attempt() -> [String] {
        let configuration = Result { () throws(ConfigurationError) in try read() }
        let candidate = Result { () throws(ConfigurationError) in try web.candidate() }
        do {
            if case .failure(let one) = configuration, case .failure(let other) = candidate {
                return one.faults + other.faults
            }
            let (fresh, web) = (try configuration.get(), try candidate.get())
            try accounts.match(fresh)
            if let web { self.web.install(web) }
            log.info("configuration reloaded", metadata: ["in_force": "\(fresh.summary)"])
            return []
        } catch let error as ConfigurationError {
            return error.faults
        } catch {
            return ["\(error)"]
        }
    }
}
