internal import CommsAPI
internal import Ledger
internal import Logging
internal import Operations

extension Poller {
    /// Runs the sweeps that are due, until one fault makes the rest pointless.
    func sweep(into attempt: inout PollAttempt) async {
        do throws(SweepError) {
            try await learnTime()
            try retire()
        } catch {
            return note(error, into: &attempt)
        }
        for sweep in schedule.due(at: .now) where !attempt.isOver {
            await run(sweep, into: &attempt)
        }
    }

    private func run(_ sweep: Sweep, into attempt: inout PollAttempt) async {
        var listed: Set<String> = []
        for slice in schedule.begin(sweep, at: .now, apiTime: apiTime) where !attempt.isOver {
            do throws(SweepError) {
                let begun = apiTime
                listed.formUnion(try await list(slice, of: sweep))
                if sweep.status == nil { try cover(slice, until: begun) }
                if schedule.complete(slice, of: sweep) { try await finish(sweep, having: listed) }
                attempt.noteSuccess()
            } catch {
                schedule.fail(slice, of: sweep)
                note(error, into: &attempt)
            }
        }
    }

    /// The first request of a process asks for one page and no window, since windows are the API's time and only
    /// a response tells it.
    private func learnTime() async throws(SweepError) {
        guard !knowsAPITime else { return }
        _ = try await list(ListQuery(resource: resource, window: CreationWindow(), status: nil), pages: 1)
    }

    private func list(_ slice: Slice, of sweep: Sweep) async throws(SweepError) -> Set<String> {
        try await list(ListQuery(resource: resource, window: slice.window, status: sweep.status), pages: .max)
    }

    /// Records each page as it comes, and returns the ids of what was listed.
    private func list(_ query: ListQuery, pages limit: Int) async throws(SweepError) -> Set<String> {
        var listed: Set<String> = []
        var pages = client.pages(of: query).makeAsyncIterator()
        for _ in 0..<limit {
            let page: Page?
            do { page = try await pages.next() } catch { throw .api(error) }
            guard let page else { break }
            try record(page)
            if query.status != nil { listed.formUnion(page.operations.lazy.map(\.id)) }
        }
        return listed
    }

    private func record(_ page: Page) throws(SweepError) {
        for (reason, count) in page.invalid { health.invalidOperations[reason, default: 0] += Int64(count) }
        let now = apiTime
        // A creation date in the future would never leave retention.
        let credible = page.operations.filter { $0.createdAt <= now + .seconds(86_400) }
        let incredible = page.operations.count - credible.count
        if incredible > 0 { health.invalidOperations[.createdAt, default: 0] += Int64(incredible) }
        do { try ledger.record(credible, at: now) } catch { throw .ledger(error) }
        publishSnapshot()
    }

    private func retire() throws(SweepError) {
        do { while try ledger.retire(at: apiTime), !Task.isCancelled {} } catch { throw .ledger(error) }
    }

    private func cover(_ slice: Slice, until begun: Timestamp) throws(SweepError) {
        do { try ledger.cover(from: slice.start, to: slice.end ?? begun) } catch { throw .ledger(error) }
    }

    private func finish(_ sweep: Sweep, having listed: Set<String>) async throws(SweepError) {
        if sweep == .week {
            lost = []
            do { try ledger.completeWindow() } catch { throw .ledger(error) }
        }
        if let status = sweep.status { try await chase(status, except: listed) }
        // A whole week has listed what every other sweep would have.
        for done in sweep == .week ? Sweep.allCases : [sweep] { health.sweepSuccesses[done] = .wallClock() }
    }

    /// Fetches by id what the ledger holds in a status but the API no longer lists in it, so that its final stats
    /// arrive now and not with the next `day` or `week`.
    private func chase(_ status: OperationStatus, except listed: Set<String>) async throws(SweepError) {
        let held: [String]
        do { held = try ledger.unfinishedIDs(status) } catch { throw .ledger(error) }
        for id in held.filter({ !listed.contains($0) && !lost.contains($0) }).prefix(Self.chaseLimit) {
            let operation: Operation?
            do { operation = try await client.fetch(id: id, of: resource) } catch { throw .api(error) }
            guard let operation else {
                lost.insert(id)
                continue
            }
            try record(Page(operations: [operation]))
        }
    }

    private func note(_ error: SweepError, into attempt: inout PollAttempt) {
        switch error {
        case .api(let error):
            attempt.note(error)
        case .ledger(let error):
            attempt.note(error)
            if case .damaged(_, let detail) = error { beginAfresh(because: detail) }
        }
        // A poll that has failed is known to have failed before it ends.
        guard attempt.failure != nil, health.lastPollSucceeded else { return }
        health.lastPollSucceeded = false
        publishSnapshot()
    }

    private func beginAfresh(because detail: String) {
        do {
            try ledger.beginAfresh(because: detail)
            log.error("ledger set aside: \(detail)", metadata: metadata)
        } catch {
            log.error("cannot begin a fresh ledger: \(error)", metadata: metadata)
        }
    }
}

/// Why a sweep could not go on.
enum SweepError: Error {
    case api(CommsError)
    case ledger(LedgerError)
}
