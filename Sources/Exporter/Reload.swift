internal import Configuration
internal import Dispatch
internal import Logging
internal import Operations
internal import Systemd
internal import Web

/// Reads the configuration, and that of the web side, again and puts both in force, or leaves everything as it is. Safe from
/// any thread; one after the other.
package final class Reload: Sendable {
    private let read: @Sendable () throws(ConfigurationError) -> Configuration
    private let web: WebFront
    private let accounts: RunningAccounts
    private let published: Published
    private let log: Logger
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
        queue.async { _ = self.attemptInTurn() }
    }

    /// Returns why nothing has changed, a line for each fault; nothing where the configuration is in force. Blocks.
    func run() -> [String] {
        queue.sync(execute: attemptInTurn)
    }

    private func attemptInTurn() -> [String] {
        guard !accounts.isStopped else { return ["the exporter is stopping"] }
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
