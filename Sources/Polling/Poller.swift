package import CommsAPI
internal import Exposition
package import Ledger
package import Logging
package import Operations

/// Polls one account's resource: lists what is due, records it in the ledger, publishes what was committed.
///
/// The only owner of its ledger. Its polls never overlap.
package actor Poller {
    /// After this many slices in a row have failed, the API is taken to be down and the poll ends: what is left waits
    /// for the next poll instead of a timeout each.
    static let failuresInARow = 3
    /// At most this many operations are fetched by id after one sweep; the rest follow at the next poll.
    static let chaseLimit = 100

    private nonisolated let executor: QueueExecutor
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let account: String
    let resource: Resource
    let client: CommsClient
    let ledger: Ledger
    let log: Logger
    private let journal: RequestJournal
    private let publish: @Sendable (AccountSnapshot) -> Void
    var schedule: Schedule
    var health = PollHealth()
    /// Unfinished in the ledger, and unknown to the API when asked by id: not asked for again before the next `week`.
    var lost: Set<String> = []
    private var lastFailure: String?

    /// `journal` is where the client notes its requests. `publish` is called from the poller's queue after each commit
    /// and at the end of each poll, and must not block.
    package init(
        account: String, resource: Resource, client: CommsClient, journal: RequestJournal, ledger: sending Ledger,
        plan: PollPlan, log: Logger, publish: @escaping @Sendable (AccountSnapshot) -> Void
    ) {
        executor = QueueExecutor(label: "poller.\(account).\(resource.name)")
        self.account = account
        self.resource = resource
        self.client = client
        self.journal = journal
        self.ledger = ledger
        self.log = log
        self.publish = publish
        schedule = Schedule(plan: plan)
    }

    /// Publishes what the ledger already holds, then polls until the task is canceled.
    package func run() async {
        publishSnapshot()
        while !Task.isCancelled {
            let start = ContinuousClock.now
            let failure = await poll()
            let next = schedule.next(after: start, end: .now, failure: failure)
            try? await Task.sleep(until: next, clock: .continuous)
        }
    }

    /// One poll: every sweep that is due. Returns why it failed, or nil if all of it succeeded or it was canceled.
    @discardableResult
    package func poll() async -> PollFailure? {
        let start = ContinuousClock.now
        var attempt = PollAttempt()
        await sweep(into: &attempt)
        guard !attempt.wasCanceled else { return nil }
        health.polls += 1
        health.hasPolled = true
        health.pollSeconds.observe((ContinuousClock.now - start).inSeconds)
        if let failure = attempt.failure {
            health.failures[failure, default: 0] += 1
            health.lastPollSucceeded = false
        } else {
            health.lastPollSucceeded = true
            health.lastSuccess = .wallClock()
        }
        report(attempt)
        publishSnapshot()
        return attempt.failure
    }

    /// The API's time now.
    var apiTime: Timestamp { journal.clock.time(at: .now, wall: .wallClock()) }

    /// Whether the API has told its time yet.
    var knowsAPITime: Bool { journal.clock.isSet }

    /// Shows the scrapes what is committed.
    func publishSnapshot() {
        health.requests = journal.tally
        let now = ContinuousClock.now
        let wall = Timestamp.wallClock()
        health.clockSkew = journal.clock.time(at: now, wall: wall) - wall
        publish(
            AccountSnapshot(
                account: account, resource: resource, health: health, ledger: ledger.state,
                reading: ledger.readingInForce))
    }

    /// Logs how a fault starts, changes and ends, and nothing while it lasts.
    private func report(_ attempt: PollAttempt) {
        defer { lastFailure = attempt.message }
        guard let message = attempt.message else {
            if lastFailure != nil { log.info("polling again", metadata: metadata) }
            log.debug("polled", metadata: metadata)
            return
        }
        if message != lastFailure { log.error("poll failed: \(message)", metadata: metadata) }
    }

    var metadata: Logger.Metadata { ["account": "\(account)", "resource": "\(resource.name)"] }
}
