internal import Configuration
@preconcurrency internal import Dispatch
internal import HTTPClient
internal import Ledger
internal import Locking
internal import Logging
internal import Operations
internal import Polling
internal import Web

/// The accounts at work, made to match a configuration again and again. Safe from any thread; changes come one after the
/// other.
final class RunningAccounts: Sendable {
    private struct State {
        var accounts: [String: RunningAccount] = [:]
        /// Those taken away that may still be closing their ledgers.
        var ending: [Key: DispatchGroup] = [:]
        var isPolling = false
        /// Whether all has been taken away for good.
        var isStopped = false
        /// As many as the process may have files for.
        var most = Int.max
    }

    /// What has a ledger of its own.
    private struct Key: Hashable {
        let account: String
        let resource: Resource
    }

    private let storagePath: String
    private let published: Published
    private let log: Logger
    private let state = Locked(State())

    init(storagePath: String, published: Published, log: Logger) {
        self.storagePath = storagePath
        self.published = published
        self.log = log
    }

    /// Adds, changes and takes away accounts and their resources; all others go on undisturbed. Throws a `LedgerError`, an
    /// `HTTPClientError` or a `RefusedChange` where that cannot be done, and then no account changes; a damaged ledger that was
    /// opened by then has been set aside. Returns the accounts that have changed.
    ///
    /// Blocks while ledgers are opened, and holds nobody else up meanwhile. Called by one thread at a time.
    @discardableResult
    func match(_ configuration: Configuration) throws -> [AccountChange] {
        let now = state.withLock { $0 }
        guard configuration.accounts.count <= now.most else {
            throw RefusedChange(
                description: "files may be open for \(now.most) accounts only; restart the exporter, or raise the limit"
                    + " (ulimit -n, LimitNOFILE=)")
        }
        var next: [String: RunningAccount] = [:]
        var added: [AccountSnapshot] = []
        for account in configuration.accounts {
            var running = try now.accounts[account.name] ?? RunningAccount(account)
            for resource in account.resources where running.pollers[resource] == nil {
                let (poller, snapshot) = try open(resource, of: account, as: running, now.ending)
                running.pollers[resource] = poller
                added.append(snapshot)
            }
            next[account.name] = running
        }
        guard state.withLock({ put(next, adding: added, by: configuration, &$0) }) else {
            throw RefusedChange(description: "the exporter is stopping")
        }
        return AccountChange.changes(from: now.accounts.values.map(\.account), to: configuration.accounts)
    }

    /// Puts accounts in force, which cannot fail; false where it is too late for them.
    private func put(
        _ opened: [String: RunningAccount], adding added: [AccountSnapshot], by configuration: Configuration,
        _ state: inout State
    ) -> Bool {
        guard !state.isStopped else { return false }
        var next = opened
        // Those there were may have begun to poll in the meantime.
        for (name, account) in state.accounts { next[name]?.pollers.merge(account.pollers) { $1 } }
        for account in configuration.accounts { next[account.name]?.keepOnly(account.resources) }
        end(state.accounts, except: next, &state)
        published.show(
            configuration.accounts.flatMap { account in account.resources.map { (account.name, $0) } }, adding: added,
            configuration: configuration.yaml)
        for account in configuration.accounts { next[account.name]?.change(to: account) }
        state.accounts = next
        if state.isPolling { start(&state) }
        return true
    }

    /// Lets no more accounts than these in from now on.
    func allow(atMost most: Int) {
        state.withLock { $0.most = most }
    }

    /// Whether `stop` has been called.
    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Polls every account in the background, also those that are added later, until `stop`.
    func start() {
        state.withLock { state in
            state.isPolling = true
            start(&state)
        }
    }

    /// Ends the polls in flight, their commits included; waits for at most `limit`.
    func stop(within limit: Duration) {
        let ending = state.withLock { state in
            end(state.accounts, except: [:], &state)
            state.accounts = [:]
            state.isStopped = true
            return Array(state.ending.values)
        }
        let deadline = DispatchTime.now() + limit / .seconds(1)
        for group in ending { _ = group.wait(timeout: deadline) }
    }

    /// Every resource's poller.
    var pollers: [Poller] {
        state.withLock { $0.accounts.values.flatMap { $0.pollers.values.map(\.poller) } }
    }

    private func start(_ state: inout State) {
        for name in state.accounts.keys { state.accounts[name]?.start() }
    }

    /// Ends the pollers that the next accounts do not have.
    private func end(
        _ accounts: [String: RunningAccount], except next: [String: RunningAccount], _ state: inout State
    ) {
        state.ending = state.ending.filter { $0.value.wait(timeout: .now()) == .timedOut }
        for (name, account) in accounts {
            let gone = account.pollers.filter { next[name]?.pollers[$0.key] == nil }
            for (resource, poller) in gone {
                poller.cancel()
                state.ending[Key(account: name, resource: resource)] = poller.ended
            }
            guard next[name] == nil else { continue }
            let ended = gone.values.map(\.ended)
            // Not by whoever has the last reference, which may be a thread that many share.
            DispatchQueue.global().async { [http = account.http] in
                for group in ended { group.wait() }
                http.shutDown()
            }
        }
    }

    private func open(
        _ resource: Resource, of account: Account, as running: RunningAccount, _ ending: [Key: DispatchGroup]
    ) throws -> (RunningPoller, AccountSnapshot) {
        // One that has just been taken away closes its ledger first; should it not come to that, opening it will say so.
        _ = ending[Key(account: account.name, resource: resource)]?.wait(timeout: .now() + 5)
        let journal = RequestJournal()
        let settings = running.settings(of: resource, for: account, journal: journal)
        let ledger = try Ledger(folder: storagePath, owner: settings.owner, forcedReading: settings.reading)
        if let recovery = ledger.recovery {
            log.error(
                "\(recovery)",
                metadata: [
                    "account": "\(account.name)", "resource": "\(resource.name)", "kept_as": "\(recovery.setAside)",
                ])
        }
        let snapshot = AccountSnapshot(
            account: account.name, resource: resource, health: PollHealth(), ledger: ledger.state,
            reading: ledger.readingInForce)
        let poller = Poller(
            account: account.name, resource: resource, client: settings.client, journal: journal, ledger: ledger,
            plan: settings.plan, log: log, publish: published.publish)
        return (RunningPoller(poller, journal: journal), snapshot)
    }
}

/// Why the accounts stay as they are, as one line.
struct RefusedChange: Error, CustomStringConvertible {
    let description: String
}
