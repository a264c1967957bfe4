internal import CMalloc
package import CommsAPI
internal import Exposition
package import Ledger
internal import Locking
package import Logging
package import Operations

/// Polls one account's resource: lists what is due, records it in the ledger, publishes what was committed.
///
/// The only owner of its ledger. Its polls never overlap.
package actor Poller {
    /// How old what scrapes see of a poll under way may be; at the end of the poll it is all there.
    private static let progressInterval = Duration.seconds(2)

    /// The time from one look at refused credentials to the next.
    private static let credentialsInterval = Duration.seconds(1)

    private nonisolated let executor: QueueExecutor
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    /// Where the task of `run` does what belongs to no actor.
    package nonisolated var taskExecutor: any TaskExecutor { executor.tasks }

    let account: String
    let resource: Resource
    private(set) var client: CommsClient
    let ledger: Ledger
    let log: Logger
    nonisolated let journal: RequestJournal
    private(set) var plan: PollPlan
    private let publish: @Sendable (AccountSnapshot) -> Void
    var schedule: Schedule
    var health = PollHealth(began: .wallClock())
    /// The forms of list requests that the API takes.
    nonisolated let secondWays = Locked(SecondWays())
    /// True while a list that was refused tries plainer forms; others that were wait.
    var isLearning = false
    var learners: [CheckedContinuation<Void, Never>] = []
    /// The unfinished operations that are no longer listed as such, and the time that this poll has left for them.
    var chases: [OperationStatus: Chase] = [:]
    var chaseTime = Duration.zero
    /// The number of operations that this poll has listed, and of those that could be read.
    var listed = 0
    var readable = 0
    /// The slices that were listed before this poll could read any operation.
    var unreadable: [(listing: Listing, sweep: Sweep)] = []
    /// Unfinished operations that may be gone.
    var absences = Absences()
    /// The pace at which operations past retention are asked for, and the id of the last of them.
    var overduePace = OverduePace(at: .now)
    var lastOverdue = ""
    /// The time since when no fetch by id has been answered; nil where the last one was.
    var fetchesUnansweredSince: ContinuousClock.Instant?
    /// The hashes of lists that are as full as a page, and are known to be complete.
    var completeLists: Set<Int> = []
    /// The warnings that are given once in a process, and have been.
    var warned: Set<String> = []
    /// True once the ledger's file has been read through.
    var hasVerified = false
    /// True once the API has been asked for its time, whatever it said.
    var hasAskedTime = false
    /// True once a page has shown that the ledger is the account's by its settings.
    var hasConfirmedOwner = false
    /// The steps of the API's clock that windows have been computed after.
    var followedSteps = 0
    /// The start of the poll under way, or of the next one.
    private var tick = ContinuousClock.now
    private nonisolated let handover = Locked(Handover())
    private var faultLog = FaultLog()
    var readingLog: ReadingLog
    /// The ledger's totals at the end of the last poll.
    var lastTotals: Totals
    /// The birth that was last published.
    private var publishedBirth: Timestamp?
    /// True once a birth has been in doubt in this process.
    private var hasDoubtedBirth = false
    /// The last time a ledger was set aside that has been logged.
    private var lastRecovery: LedgerRecovery?
    /// The last time the ledger gave way to another account's that has been logged.
    var lastOwnerChange: OwnerChange?

    /// `journal` is where the client notes its requests. `publish` is called from the poller's queue within a moment
    /// of each commit and at the end of each poll, and must not block.
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
        lastRecovery = ledger.recovery
        readingLog = ReadingLog(reading: ledger.readingInForce)
        lastTotals = ledger.state.totals
        self.log = log
        self.publish = publish
        self.plan = plan
        schedule = Schedule(plan: plan)
    }

    /// Publishes what the ledger already holds, then polls until the task is canceled; then closes the ledger.
    package func run() async {
        noteDispute()
        publishSnapshot()
        let watch = Task(executorPreference: executor.tasks) { await self.publishRequests() }
        tick = .now
        while !Task.isCancelled {
            takeOver()
            let turn = Task(executorPreference: executor.tasks) { await self.takeTurn() }
            handover.withLock { handover in
                handover.turn = turn
                if handover.next != nil { turn.cancel() }
            }
            await withTaskCancellationHandler {
                await turn.value
            } onCancel: {
                turn.cancel()
            }
        }
        watch.cancel()
        ledger.close()
    }

    /// Shows the scrapes how far a poll is, and requests that end while it waits for the next one. Not for each page: for every
    /// snapshot the next scrape has a new exposition made.
    private func publishRequests() async {
        for await _ in journal.changes {
            publishSnapshot()
            try? await Task.sleep(for: Self.progressInterval)
        }
    }

    /// Polls by other settings from now on: a poll in flight ends with the page it is at, and the next one starts. What
    /// has been counted stays. Safe from any thread; may be called again before the last settings are in force.
    package nonisolated func change(to settings: PollSettings) {
        handover.withLock { handover in
            handover.next = settings
            handover.turn?.cancel()
        }
    }

    /// Asks the API again in the forms and with the credentials that it refused, from the next poll on; a wait for other
    /// credentials ends. Safe from any thread; called where the configuration is read again and the settings stay as they are.
    package nonisolated func tryAgain() {
        handover.withLock { $0.triesAgain = true }
    }

    /// Orders from other threads for `run`.
    private struct Handover {
        var next: PollSettings?
        var triesAgain = false
        /// The turn under way.
        var turn: Task<Void, Never>?
    }

    /// One poll, and the wait for the next.
    private func takeTurn() async {
        let attempt = await poll(at: tick, until: tick + plan.interval)
        // What the pages took: 0.6 MB where there is one, and 4 of 57 after a million operations.
        malloc_trim(0)
        guard !Task.isCancelled else { return }
        let end = ContinuousClock.now
        tick = schedule.next(after: tick, end: end, wasRefused: attempt.wasRefused, wasThrottled: attempt.wasThrottled)
        health.nextPoll = .wallClock() + max(.zero, tick - end)
        publishSnapshot()
        if attempt.wasRefused {
            await waitForCredentials()
        } else {
            try? await Task.sleep(until: tick, clock: .continuous)
        }
    }

    /// Waits for the next tick, or until there is reason to think that the API takes the credentials now: the secret's file has
    /// changed, or the configuration was read again.
    private func waitForCredentials() async {
        while ContinuousClock.now < tick, !Task.isCancelled {
            if client.hasNewCredentials || handover.withLock(\.triesAgain) {
                schedule.endBackoff()
                tick = .now
                return
            }
            let look = ContinuousClock.now + Self.credentialsInterval
            try? await Task.sleep(until: min(look, tick), clock: .continuous)
        }
    }

    /// Puts settings that have been handed over in force. They may be those of another API, so everything is asked anew.
    private func takeOver() {
        let (next, triesAgain) = handover.withLock { handover in
            defer { handover.triesAgain = false }
            return (handover.next.take(), handover.triesAgain)
        }
        if next != nil || triesAgain { secondWays.withLock { $0.renewAll(at: .now) } }
        guard let settings = next else { return }
        client = settings.client
        plan = settings.plan
        schedule = Schedule(plan: settings.plan)
        chases = [:]
        absences = Absences()
        completeLists = []
        fetchesUnansweredSince = nil
        hasAskedTime = false
        hasConfirmedOwner = false
        tick = .now
        ledger.force(settings.reading)
        ledger.belong(to: settings.owner)
        noteDispute()
        readingLog.begin(with: ledger.readingInForce)
        publishSnapshot()
    }

    /// One poll of everything that is due, however long it takes. Returns why it failed, or nil if all of it succeeded
    /// or it was canceled.
    @discardableResult
    package func poll() async -> PollFailure? {
        await poll(at: .now, until: nil).failure
    }

    /// One poll that belongs to a tick. After `deadline`, long sweeps leave what is left of them to the next poll.
    func poll(at tick: ContinuousClock.Instant, until deadline: ContinuousClock.Instant?) async -> PollAttempt {
        let start = ContinuousClock.now
        health.nextPoll = nil
        ledger.pollBegins()
        journal.pollBegins()
        // Keeps no poller that nobody else keeps, and with it the ledger's lock.
        let watch = Task(executorPreference: executor.tasks) { [weak self, journal] in
            if await journal.fallsSilent() { await self?.reportSilence() }
        }
        defer { watch.cancel() }
        secondWays.withLock { $0.pollBegins() }
        chaseTime = plan.interval / 3
        (listed, readable, unreadable) = (0, 0, [])
        var attempt = PollAttempt()
        await sweep(at: tick, until: deadline, into: &attempt)
        guard !attempt.wasCanceled else {
            publishSnapshot()
            return PollAttempt()
        }
        let took = ContinuousClock.now - start
        let totals = ledger.state.totals
        health.note(attempt, took: took, endedAt: .wallClock(), from: lastTotals, to: totals)
        lastTotals = totals
        report(attempt, took: took)
        publishSnapshot()
        return attempt
    }

    /// The API's time now.
    nonisolated var apiTime: Timestamp { journal.clock.time(at: .now, wall: .wallClock()) }

    /// The API's clock minus this machine's.
    var clockSkew: Duration {
        let wall = Timestamp.wallClock()
        return journal.clock.time(at: .now, wall: wall) - wall
    }

    /// Shows the scrapes what is committed.
    func publishSnapshot() {
        health.requests = journal.tally
        let now = ContinuousClock.now
        let wall = Timestamp.wallClock()
        health.clockSkew = clockSkew
        health.forms = secondWays.withLock { $0.forms }
        noteBirth(seenAt: wall)
        for sweep in Sweep.allCases { health.sweeps[sweep] = schedule.standing(of: sweep, at: now, wall: wall) }
        publish(
            AccountSnapshot(
                account: account, resource: resource, health: health, ledger: ledger.state,
                reading: ledger.readingInForce))
    }

    /// Logs what the last page showed of how the account's stats are to be read.
    func reportReading() {
        let totals = ledger.state.totals
        if readingLog.hasTurned(to: ledger.readingInForce) {
            log.warning(
                "stats that fit both readings are now read as \(ledger.readingInForce.rawValue)",
                metadata: metadata.merging([
                    "exclusive_operations": "\(totals[.verdicts(.exclusive)])",
                    "cumulative_operations": "\(totals[.verdicts(.cumulative)])",
                ]) { $1 })
        }
        if let id = readingLog.news(of: ledger.contradiction, at: .now) {
            log.warning(
                "the stats of an operation are impossible, and count at their lowest",
                metadata: metadata.merging([
                    "operation": "\(id)", "operations_so_far": "\(totals[.contradictions])",
                ]) { $1 })
        }
    }

    /// Decided once for each birth in each process, since a start that came or went between scrapes would look like a reset;
    /// so would one that moved, as that of a birth in doubt may.
    private func noteBirth(seenAt wall: Timestamp) {
        hasDoubtedBirth = hasDoubtedBirth || ledger.state.birthCertainty == .doubted
        guard ledger.state.birth != publishedBirth else { return }
        // A birth that was open may have been doubted and settled since.
        let hasMoved = publishedBirth != nil && ledger.recovery == lastRecovery
        publishedBirth = ledger.state.birth
        health.ledgerBegan = hasDoubtedBirth || hasMoved ? nil : publishedBirth.flatMap { $0 <= wall ? $0 : nil }
    }

    /// Logs how faults start, change and end, and nothing while they last.
    private func report(_ attempt: PollAttempt, took: Duration) {
        if let recovery = ledger.recovery, recovery != lastRecovery {
            log.error("\(recovery)", metadata: metadata.merging(["kept_as": "\(recovery.setAside)"]) { $1 })
            lastRecovery = recovery
        }
        for message in faultLog.news(of: attempt.faults.map(\.message)) {
            log.error("poll failed: \(message)", metadata: metadata)
        }
        if faultLog.isOver(with: attempt.faults.isEmpty) { log.info("polling again", metadata: metadata) }
        let requests = journal.tally.codes.values.reduce(0, +)
        log.debug(
            "polled",
            metadata: metadata.merging([
                "failure": "\(attempt.failure?.label ?? "none")", "took": "\(took.milliseconds)ms",
                "requests_so_far": "\(requests)",
            ]) { $1 })
    }

    /// Says, while a poll goes on, that the API has not answered for a minute; once until polls succeed again. Without it the
    /// first word would come at the end of the poll, after the retries of several lists.
    private func reportSilence() {
        for message in faultLog.news(of: [RequestJournal.silence]) { log.warning("\(message)", metadata: metadata) }
    }

    var metadata: Logger.Metadata { ["account": "\(account)", "resource": "\(resource.name)"] }
}
