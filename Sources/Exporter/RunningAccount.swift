internal import CommsAPI
internal import Configuration
@preconcurrency internal import Dispatch
internal import HTTPClient
internal import Ledger
internal import Metrics
internal import Operations
internal import Polling

/// An account at work: its own way to the API, and a poller for each of its resources. Accounts share nothing, so that what
/// holds up one of them, be it a host that hangs or a disk, holds up no other.
struct RunningAccount: Sendable {
    /// A thread of its own, and the pace that the account's resources share.
    let http: HTTPClient
    let pace: RequestPace
    var account: Account
    var pollers: [Resource: RunningPoller] = [:]

    /// Throws an `HTTPClientError` where there is no thread to be had.
    init(_ account: Account) throws {
        http = try HTTPClient()
        pace = RequestPace(account.rules.budget)
        self.account = account
    }

    /// How an account speaks of a resource, and whose ledger it writes.
    func settings(of resource: Resource, for account: Account, journal: RequestJournal) -> PollSettings {
        let credentials = account.credentials
        return PollSettings(
            client: CommsClient(
                baseURL: account.baseURL, credentials: { credentials.current },
                userAgent: "\(Build.name)/\(Build.version)", http: http, pageSize: account.rules.pageSize, pace: pace,
                observe: journal.note),
            plan: account.rules.plan, reading: account.reading,
            owner: LedgerOwner(
                account: account.name, resource: resource.name, accountSID: credentials.accountSID))
    }

    /// Takes away the pollers of all resources but these, which goes without ending them.
    mutating func keepOnly(_ resources: [Resource]) {
        pollers = pollers.filter { resources.contains($0.key) }
    }

    /// Polls in the background what does not yet.
    mutating func start() {
        for resource in pollers.keys { pollers[resource]?.start() }
    }

    /// Polls by what the account is from now on, which may be as before; its resources have been added and taken away before.
    mutating func change(to changed: Account) {
        if changed.rules != account.rules { pace.change(to: changed.rules.budget) }
        for (resource, poller) in pollers {
            if account.polls(as: changed) {
                poller.poller.tryAgain()
            } else {
                poller.poller.change(to: settings(of: resource, for: changed, journal: poller.journal))
            }
        }
        account = changed
    }
}

/// One resource's poller, and how it ends.
struct RunningPoller: Sendable {
    let poller: Poller
    let journal: RequestJournal
    /// Nil before it polls in the background.
    private(set) var task: Task<Void, Never>?
    /// Left when it has ended and its ledger is closed.
    let ended = DispatchGroup()

    init(_ poller: Poller, journal: RequestJournal) {
        self.poller = poller
        self.journal = journal
    }

    /// Polls in the background until `cancel`.
    mutating func start() {
        guard task == nil else { return }
        ended.enter()
        task = Task.detached(executorPreference: poller.taskExecutor) { [poller, ended] in
            await poller.run()
            ended.leave()
        }
    }

    /// Ends the poll in flight with the page it is at; see `ended`.
    func cancel() { task?.cancel() }
}

extension Account {
    /// Whether a poller has nothing to learn from the other: the pace is the account's, and its resources have pollers of
    /// their own.
    fileprivate func polls(as other: Account) -> Bool {
        credentials == other.credentials && baseURL == other.baseURL && reading == other.reading
            && rules.plan == other.rules.plan && rules.pageSize == other.rules.pageSize
    }
}

extension PollRules {
    /// A second's requests may go at once after a pause.
    fileprivate var budget: RequestBudget {
        RequestBudget(requestsPerSecond: requestsPerSecond, burst: max(1, Int(requestsPerSecond)))
    }
}
