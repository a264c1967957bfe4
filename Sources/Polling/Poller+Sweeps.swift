internal import CommsAPI
internal import Ledger
internal import Locking
internal import Logging
internal import Operations

extension Poller {
    /// A poll that lists at least so many operations, and can read none of them, is malformed.
    private static let fewestUnreadable = 10

    /// Runs the sweeps that are due at the tick, until one fault makes the rest pointless.
    func sweep(
        at tick: ContinuousClock.Instant, until deadline: ContinuousClock.Instant?, into attempt: inout PollAttempt
    ) async {
        do throws(SweepError) {
            try verify()
            try await learnTime()
            try followClock()
            try retire()
        } catch {
            return note(error, into: &attempt)
        }
        for sweep in schedule.due(at: tick) where !attempt.isOver {
            await run(sweep, at: tick, until: deadline, into: &attempt)
        }
        await concludeUnreadable(at: tick, into: &attempt)
        if !attempt.isOver { await askForOverdue(until: deadline, into: &attempt) }
    }

    /// Lists the slices that are left of a sweep, as many at a time as the plan says. What comes of each is concluded one
    /// after the other, so that the ledger sees no more than one at a time.
    private func run(
        _ sweep: Sweep, at tick: ContinuousClock.Instant, until deadline: ContinuousClock.Instant?,
        into attempt: inout PollAttempt
    ) async {
        var waiting = schedule.begin(sweep, at: tick, apiTime: apiTime)[...]
        if sweep == .week, schedule.begun(.week) == tick { absences.weekBegins() }
        var begun = 0
        var concluded = 0
        await withTaskGroup(of: Listing.self) { listings in
            while true {
                // At least one slice a poll, so that even the longest sweep comes to its end.
                while !attempt.isOver, begun - concluded < concurrency,
                    begun == 0 || deadline.map({ ContinuousClock.now < $0 }) ?? true, let slice = waiting.popFirst()
                {
                    begun += 1
                    listings.addTask { await self.listing(of: slice, in: sweep) }
                }
                guard let listing = await listings.next() else { return }
                concluded += 1
                await conclude(listing, of: sweep, at: tick, into: &attempt)
            }
        }
    }

    /// The number of slices to list at a time: one, until it is known that the API takes a list of a span.
    private var concurrency: Int { secondWays.withLock { $0.hasTakenSpan } ? plan.concurrency : 1 }

    /// A slice that has been listed, or could not be.
    struct Listing {
        let slice: Slice
        /// The API's time when it was begun and when it ended, and the steps its clock had made before.
        let begun: Timestamp
        let ended: Timestamp
        let clockSteps: Int
        let outcome: Result<Listed, SweepError>
    }

    private func listing(of slice: Slice, in sweep: Sweep) async -> Listing {
        let begun = apiTime
        let steps = journal.clock.steps
        let outcome: Result<Listed, SweepError>
        do throws(SweepError) { outcome = .success(try await list(slice, in: sweep.status)) } catch {
            outcome = .failure(error)
        }
        return Listing(slice: slice, begun: begun, ended: apiTime, clockSteps: steps, outcome: outcome)
    }

    private func conclude(
        _ listing: Listing, of sweep: Sweep, at tick: ContinuousClock.Instant, into attempt: inout PollAttempt
    ) async {
        let slice = listing.slice
        do throws(SweepError) {
            let listed = try listing.outcome.get()
            if readable == 0, self.listed > 0 {
                unreadable.append((listing, sweep))
                return
            }
            absences.remove(listed.ids)
            if sweep == .week, slice.end == nil { try settleBirth(listedSince: slice.start, isComplete: false) }
            let isLast = schedule.isLast(slice, of: sweep)
            if sweep.status == nil { try await cover(listing, listed, of: sweep, isLast: isLast) }
            if isLast { try finish(sweep, at: tick) }
            schedule.complete(slice, of: sweep)
            attempt.noteSuccess()
            if let status = sweep.status, !omitsStatus, !listed.isPartial {
                try await chase(status, except: Set(listed.ids))
            }
        } catch {
            schedule.fail(slice, of: sweep)
            note(error, into: &attempt)
        }
    }

    /// Concludes the slices that were listed while the poll could read no operation at all: if it never could, and there were
    /// many, the lists cover nothing.
    private func concludeUnreadable(
        at tick: ContinuousClock.Instant, into attempt: inout PollAttempt
    ) async {
        let isMalformed = readable == 0 && listed >= Self.fewestUnreadable
        let waiting = unreadable
        unreadable = []
        if isMalformed { note(unreadableLists, into: &attempt) } else { readable = max(readable, 1) }
        for (listing, sweep) in waiting where !attempt.wasCanceled {
            if isMalformed {
                schedule.fail(listing.slice, of: sweep)
            } else {
                await conclude(listing, of: sweep, at: tick, into: &attempt)
            }
        }
    }

    private var unreadableLists: SweepError {
        .api(
            .failed(
                .malformed,
                "\(resource.path): none of \(listed) operations can be read; see invalid_operations_total, and report it"
            ))
    }

    /// Before a process first records anything, since damage could make it count what has been counted.
    private func verify() throws(SweepError) {
        guard !hasVerified else { return }
        do { try ledger.verify() } catch { throw .ledger(error) }
        hasVerified = true
    }

    /// The first request of a process, and by other settings, asks for one page and no window, since windows are the API's time
    /// and only a response tells it. The first page with content gives the ledger to the account that asked.
    private func learnTime() async throws(SweepError) {
        guard !hasAskedTime else { return }
        let everything = ListQuery(resource: resource, window: CreationWindow())
        let first: Page
        do { first = try await page(ListRequest(everything, at: apiTime), from: client, known: nil) } catch {
            throw .api(withDispute(error))
        }
        try record(first)
        hasAskedTime = true
    }

    /// After a step of the API's clock, windows that were computed before it are listed again, and no time that is still to
    /// come has been listed.
    private func followClock() throws(SweepError) {
        let steps = journal.clock.steps
        guard steps != followedSteps else { return }
        do { try ledger.uncover(after: apiTime) } catch { throw .ledger(error) }
        schedule.startOver()
        followedSteps = steps
    }

    func record(_ page: Page) throws(SweepError) {
        try confirmOwner(by: page)
        for (reason, count) in page.invalid { health.invalidOperations[reason, default: 0] += Int64(count) }
        let now = apiTime
        let wall = Timestamp.wallClock()
        let sightings = page.sightings.compactMap { credible($0, at: max(now, wall)) }
        listed += page.count
        readable += page.ids.count - (page.sightings.count - sightings.count)
        do { try ledger.record(sightings, at: now, wall: wall) } catch { throw .ledger(error) }
        reportReading()
        journal.noteProgress()
    }

    /// The operation as far as its dates can be believed: a creation in the future would never leave retention, and an
    /// update in the future or before the creation would be a duration that never was.
    private func credible(_ sighting: Sighting, at now: Timestamp) -> Sighting? {
        let operation = sighting.operation
        let latest = now + .seconds(86_400)
        guard operation.createdAt <= latest else {
            health.invalidOperations[.createdAt, default: 0] += 1
            return nil
        }
        guard let updated = operation.updatedAt, updated > latest || updated < operation.createdAt else {
            return sighting
        }
        health.invalidOperations[.updatedAt, default: 0] += 1
        return Sighting(
            Operation(
                id: operation.id, status: operation.status, stats: operation.stats, createdAt: operation.createdAt,
                updatedAt: nil))
    }

    /// Lets go of what is past retention, once the time is sure: it cannot be had back.
    private func retire() throws(SweepError) {
        guard journal.clock.isConfirmed || !journal.clock.isSet else { return }
        do { while try ledger.retire(at: apiTime), !Task.isCancelled {} } catch { throw .ledger(error) }
        reportReading()
    }

    private func settleBirth(listedSince start: Timestamp, isComplete: Bool) throws(SweepError) {
        do { try ledger.settleBirth(listedSince: start, isComplete: isComplete) } catch { throw .ledger(error) }
    }

    private func finish(_ sweep: Sweep, at tick: ContinuousClock.Instant) throws(SweepError) {
        if sweep == .week {
            try expireAbsent()
            try settleBirth(listedSince: apiTime - Operation.retention, isComplete: true)
            do { try ledger.completeWindow() } catch { throw .ledger(error) }
        }
        // A week that was listed within one poll has listed what every other sweep would have.
        let all = sweep == .week && schedule.begun(.week) == tick
        for done in all ? Sweep.allCases : [sweep] { health.sweepSuccesses[done] = .wallClock() }
    }

    func note(_ error: SweepError, into attempt: inout PollAttempt) {
        switch error {
        case .api(let error):
            attempt.note(error)
        case .ledger(let error):
            attempt.note(error)
            if case .damaged(_, let detail) = error { beginAfresh(because: detail) }
            // Whichever of the two is wrong, it may be the time: the next poll asks for it before it asks the ledger.
            if case .ahead = error { hasAskedTime = false }
        }
        // A poll that has failed is known to have failed before it ends.
        guard attempt.failure != nil else { return }
        health.faults = attempt.faults.map(\.message)
        let wasUp = health.lastPollSucceeded
        health.noteFailing(at: .wallClock())
        if wasUp { publishSnapshot() }
    }

    /// A fresh ledger has seen nothing, so everything is listed anew.
    private func beginAfresh(because detail: String) {
        schedule.startOver()
        chases = [:]
        absences = Absences()
        hasAskedTime = false
        hasConfirmedOwner = false
        do { try ledger.beginAfresh(because: detail) } catch {
            log.error("cannot begin a fresh ledger: \(error)", metadata: metadata)
        }
    }
}

/// The fault for which a sweep could not go on.
enum SweepError: Error {
    case api(CommsError)
    case ledger(LedgerError)
}
