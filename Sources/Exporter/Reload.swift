internal import Configuration
internal import Locking
internal import Logging
internal import Operations
internal import Systemd
internal import Web

/// Reads the configuration again and puts it in force, or leaves everything as it is. Safe from any thread; one after the
/// other.
package final class Reload: Sendable {
    private let read: @Sendable () throws(ConfigurationError) -> Configuration
    private let accounts: RunningAccounts
    private let published: Published
    private let log: Logger
    private let turn = Locked(())

    init(
        _ read: @escaping @Sendable () throws(ConfigurationError) -> Configuration, accounts: RunningAccounts,
        published: Published, log: Logger
    ) {
        self.read = read
        self.accounts = accounts
        self.published = published
        self.log = log
    }

    /// Returns why nothing has changed, a line for each fault; nothing where the configuration is in force.
    package func run() -> [String] {
        turn.withLock { _ in
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
    }

    private func attempt() -> [String] {
        do {
            let configuration = try read()
            try accounts.match(configuration)
            log.info("configuration reloaded", metadata: ["in_force": "\(configuration.summary)"])
            return []
        } catch let error as ConfigurationError {
            return error.faults
        } catch {
            return ["\(error)"]
        }
    }
}
