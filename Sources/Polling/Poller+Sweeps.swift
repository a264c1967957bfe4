internal import CommsAPI
internal import Ledger
internal import Locking
internal import Logging
internal import Operations

extension Poller {
    /// Runs the sweeps that are due at the tick, until one fault makes the rest pointless.
    func sweep(
        at tick: ContinuousClock.Instant, until deadline: ContinuousClock.Instant?, into attempt: inout PollAttempt
    ) async {
        do throws(SweepError) {
            try verify()
            try await learnTime()
            try retire()
        } catch {
            return note(error, into: &attempt)
        }
        for sweep in schedule.due(at: tick) where !attempt.isOver {
            await run(sweep, at: tick, until: deadline, into: &attempt)
        }
    }

    /// Lists the slices that are left of a sweep, as many at a time as the plan says. What comes of each is concluded one
    /// after the other, so that the ledger sees no more than one at a time.
    private func run(
        _ sweep: Sweep, at tick: ContinuousClock.Instant, until deadline: ContinuousClock.Instant?,
        into attempt: inout PollAttempt
    ) async {
        var waiting = schedule.begin(sweep, at: tick, apiTime: apiTime)[...]
        var begun = 0
        var concluded = 0
        await withTaskGroup(of: Listing.self) { listings in
            while true {
                // At least one slice a poll, so that even the longest sweep comes to its end.
                while !attempt.isOver, begun - concluded < plan.concurrency,
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

    /// What came of listing a slice.
    private struct Listing {
        let slice: Slice
        /// The API's time when it was begun.
        let begun: Timestamp
        /// The hashes of the ids that a status sweep listed, or why it could not be listed.
        let outcome: Result<Set<UInt64>, SweepError>
    }

    private func listing(of slice: Slice, in sweep: Sweep) async -> Listing {
        let begun = apiTime
        do throws(SweepError) {
            return Listing(slice: slice, begun: begun, outcome: .success(try await list(slice, of: sweep)))
        } catch {
            return Listing(slice: slice, begun: begun, outcome: .failure(error))
        }
    }

    private func conclude(
        _ listing: Listing, of sweep: Sweep, at tick: ContinuousClock.Instant, into attempt: inout PollAttempt
    ) async {
        let slice = listing.slice
        do throws(SweepError) {
            let listed = try listing.outcome.get()
            if sweep.status == nil { try cover(slice, until: listing.begun) }
            if schedule.isLast(slice, of: sweep) { try finish(sweep, at: tick) }
            schedule.complete(slice, of: sweep)
            attempt.noteSuccess()
            if let status = sweep.status { try await chase(status, except: listed, into: &attempt) }
        } catch {
            schedule.fail(slice, of: sweep)
            note(error, into: &attempt)
        }
    }

    /// Before a process first records anything, since damage could make it count what has been counted.
    private func verify() throws(SweepError) {
        guard !hasVerified else { return }
        do { try ledger.verify() } catch { throw .ledger(error) }
        hasVerified = true
    }

    /// The first request of a process asks for one page and no window, since windows are the API's time and only a
    /// response tells it. A time far from this machine's is believed when it is told a second time.
    private func learnTime() async throws(SweepError) {
        guard !hasAskedTime else { return }
        // Recorded once the time is known, all of them: what an operation gains from the first one on counts.
        var seen: [Page] = []
        for _ in 0..<3 where seen.isEmpty || !knowsAPITime {
            var pages = client.pages(of: ListQuery(resource: resource, window: CreationWindow())).makeAsyncIterator()
            do { if let first = try await pages.next() { seen.append(first) } } catch { throw .api(error) }
        }
        hasAskedTime = true
        for page in seen { try record(page) }
    }

    /// Records each page as it comes, while the next one is on its way. Returns the hashes of the ids that a status sweep
    /// listed.
    private func list(_ slice: Slice, of sweep: Sweep) async throws(SweepError) -> Set<UInt64> {
        let query = ListQuery(resource: resource, window: slice.window, status: sweep.status)
        if let listed = try await list(query, known: ledger.known) { return listed }
        // The table was cleared since, so what was left out of pages as known has to be shown again. Nothing is left out this
        // time: an account that turns once more has the list read no third time.
        return try await list(query, known: nil) ?? []
    }

    /// Nil where what is `known` has been forgotten on the way.
    private func list(
        _ query: ListQuery, known: Locked<FingerprintTable>?
    ) async throws(SweepError) -> Set<UInt64>? {
        var listed: Set<UInt64> = []
        let generation = known?.withLock { $0.generation }
        var reading = await Reading(of: client.pages(of: query, known: known))
        while let page = try reading.page {
            async let following = reading.following
            guard page.generation == generation else { return nil }
            try record(page)
            guard generation == known?.withLock({ $0.generation }) else { return nil }
            if query.status != nil { listed.formUnion(page.ids) }
            reading = await following
        }
        return listed
    }

    /// How far the reading of a list is: the page it has come to, and how it goes on.
    private struct Reading: Sendable {
        private var pages: Pages.Iterator
        private let outcome: Result<Page?, CommsError>

        init(of pages: Pages) async { await self.init(pages.makeAsyncIterator()) }

        private init(_ pages: Pages.Iterator) async {
            var pages = pages
            do { outcome = .success(try await pages.next()) } catch { outcome = .failure(error) }
            self.pages = pages
        }

        /// Nil at the end of the list.
        var page: Page? {
            get throws(SweepError) {
                do { return try outcome.get() } catch { throw .api(error) }
            }
        }

        var following: Reading {
            get async { await Reading(pages) }
        }
    }

    private func record(_ page: Page) throws(SweepError) {
        for (reason, count) in page.invalid { health.invalidOperations[reason, default: 0] += Int64(count) }
        let now = apiTime
        let sightings = page.sightings.compactMap { credible($0, at: now) }
        do { try ledger.record(sightings, at: now) } catch { throw .ledger(error) }
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

    private func retire() throws(SweepError) {
        do { while try ledger.retire(at: apiTime), !Task.isCancelled {} } catch { throw .ledger(error) }
        reportReading()
    }

    private func cover(_ slice: Slice, until begun: Timestamp) throws(SweepError) {
        do { try ledger.cover(from: slice.start, to: slice.end ?? begun) } catch { throw .ledger(error) }
    }

    private func finish(_ sweep: Sweep, at tick: ContinuousClock.Instant) throws(SweepError) {
        if sweep == .week {
            lost = []
            do { try ledger.completeWindow() } catch { throw .ledger(error) }
        }
        // A week that was listed within one poll has listed what every other sweep would have.
        let all = sweep == .week && schedule.begun(.week) == tick
        for done in all ? Sweep.allCases : [sweep] { health.sweepSuccesses[done] = .wallClock() }
    }

    /// Fetches by id what the ledger holds in a status but the API no longer lists in it, so that its final stats
    /// arrive now and not with the next `day` or `week`. What cannot be fetched is left to those.
    private func chase(
        _ status: OperationStatus, except listed: Set<UInt64>, into attempt: inout PollAttempt
    ) async throws(SweepError) {
        let held: [String]
        do { held = try ledger.unfinishedIDs(status) } catch { throw .ledger(error) }
        // What the API lists again can be had again.
        lost.subtract(listed)
        let missing = held.filter { id in
            let hash = Fingerprint.hash(ofID: id)
            return !listed.contains(hash) && !lost.contains(hash)
        }
        for id in missing.prefix(Self.chaseLimit) {
            let page: Page?
            do { page = try await client.fetch(id: id, of: resource) } catch {
                attempt.noteFetch(error)
                guard let reason = error.reason, reason != .auth, !reason.meansNoAnswer || reason == .serverError else {
                    // Credentials that may list but not fetch are refused for every id.
                    if error.reason == .auth { lost.formUnion(held.lazy.map(Fingerprint.hash)) }
                    return
                }
                lost.insert(Fingerprint.hash(ofID: id))
                continue
            }
            if let page { try record(page) }
            // Still in this status, though not listed in it: it would only be fetched again and again.
            if page?.operations.first?.status ?? status == status { lost.insert(Fingerprint.hash(ofID: id)) }
        }
    }

    private func note(_ error: SweepError, into attempt: inout PollAttempt) {
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
        lost = []
        do { try ledger.beginAfresh(because: detail) } catch {
            log.error("cannot begin a fresh ledger: \(error)", metadata: metadata)
        }
    }
}

/// Why a sweep could not go on.
enum SweepError: Error {
    case api(CommsError)
    case ledger(LedgerError)
}
