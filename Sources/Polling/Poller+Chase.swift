internal import CommsAPI
internal import Ledger
internal import Locking
internal import Logging
internal import Operations

// Unfinished operations that their list shows no longer.
extension Poller {
    /// Asks for what the ledger holds in a status but the API no longer lists in it, so that its final stats arrive now and not
    /// with the next `day` or `week`. Takes no longer than the poll has left for it; failures of the API fail no poll.
    func chase(_ status: OperationStatus, except listed: Set<UInt64>) async throws(SweepError) {
        let missing = try unfinished(status).filter { !listed.contains($0.hash) }
        let round = chases[status, default: Chase()].turn(missing, at: .now)
        // So that there is some left for the other status.
        let time = status == .processing ? chaseTime * 3 / 4 : chaseTime
        guard !round.byID.isEmpty || !round.inLists.isEmpty, time > .zero else { return }
        let begun = ContinuousClock.now
        defer { chaseTime -= ContinuousClock.now - begun }
        do {
            try await within(time) { await self.pursue(status, round.byID, inLists: round.inLists) }.get()
        } catch {
            guard case .api(let error) = error else { throw error }
            if error.reason == nil, Task.isCancelled { throw .api(error) }
            if error.reason != nil { warnOfChase(error) }
        }
    }

    /// Runs a part of the poll, which is canceled when its time is over.
    private func within(
        _ time: Duration, _ work: @escaping @Sendable () async -> Result<Void, SweepError>
    ) async -> Result<Void, SweepError> {
        let deadline = ContinuousClock.now + time
        return await withTaskGroup(of: Result<Void, SweepError>?.self) { group in
            group.addTask { await work() }
            group.addTask {
                try? await Task.sleep(until: deadline, clock: .continuous)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            return await group.next().flatMap(\.self) ?? .success(())
        }
    }

    private func pursue(
        _ status: OperationStatus, _ byID: [Chase.Target], inLists: [Chase.Target]
    ) async -> Result<Void, SweepError> {
        do throws(SweepError) {
            try await list(inLists, status, isFirstTry: true)
            try await list(try await fetch(byID, status), status, isFirstTry: false)
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    /// Lists the times of creation of operations, which have been asked for in this round already if it is not the first try.
    private func list(
        _ targets: [Chase.Target], _ status: OperationStatus, isFirstTry: Bool
    ) async throws(SweepError) {
        // About as long as it takes until a page of operations is created: listing it costs one request more at most.
        let page = secondWays.withLock { $0.forms.pageSize(of: client.pageSize) }
        let held = max(ledger.state.totals[.operationsHeld], Int64(page))
        let gap = Operation.retention * Double(page) / Double(held)
        for span in Chase.spans(of: targets, gap: gap) {
            if isFirstTry { chases[status]?.begin(span.targets, at: .now, interval: plan.interval) }
            do throws(SweepError) {
                _ = try await list(span.slice, in: nil)
            } catch {
                // A list that was cut off says nothing of those it did not come to.
                if case .api(.canceled) = error { throw error }
                chases[status]?.noteListed(span.targets)
                throw error
            }
            chases[status]?.noteListed(span.targets)
        }
    }

    /// Fetches operations by their ids. Returns those that this did not show to be finished.
    private func fetch(
        _ targets: [Chase.Target], _ status: OperationStatus
    ) async throws(SweepError) -> [Chase.Target] {
        guard !targets.isEmpty else { return [] }
        var isAnswered = false
        defer { chases[status]?.noteFetches(answered: isAnswered, at: .now, interval: plan.interval) }
        for target in targets {
            chases[status]?.begin([target], at: .now, interval: plan.interval)
            do {
                let page = try await fetch(target.id)
                isAnswered = true
                if let page {
                    absences.remove([target.hash])
                    try record(page)
                } else {
                    absences.add(target.id, hash: target.hash)
                }
            } catch .api(let error) where error.reason != nil {
                warnOfChase(error)
                // If no operation is to be had now, a list is not either.
                if error.reason?.meansNoAnswer ?? false, error.reason != .serverError { throw .api(error) }
            }
        }
        let unfinished = Set(try unfinished(status).map(\.hash))
        return targets.filter { unfinished.contains($0.hash) }
    }

    private func unfinished(_ status: OperationStatus) throws(SweepError) -> [Chase.Target] {
        do {
            return try ledger.unfinished(status).map { operation in
                Chase.Target(
                    id: operation.id, hash: Fingerprint.hash(ofID: operation.id), createdAt: operation.createdAt)
            }
        } catch {
            throw .ledger(error)
        }
    }

    private func warnOfChase(_ error: CommsError) {
        warnOnce(
            "operations that have left their list cannot be asked for; they wait for the next sweep that shows them",
            ["error": "\(error)"])
    }
}

// Operations past retention, which no list shows.
extension Poller {
    /// If no fetch has been answered for so long, the API answers none.
    private static let fetchPatience = Duration.seconds(3600)

    /// Fetches an operation; nil where the API does not know it.
    func fetch(_ id: String) async throws(SweepError) -> Page? {
        do {
            let page = try await client.fetch(id: id, of: resource)
            fetchesUnansweredSince = nil
            return page
        } catch {
            if error.reason != nil { fetchesUnansweredSince = fetchesUnansweredSince ?? .now }
            throw .api(error)
        }
    }

    /// Gives up the unfinished operations that two complete weeks did not list, and that the API does not know by their id.
    func expireAbsent() throws(SweepError) {
        try expire(absences.weekEnds())
    }

    /// Asks for some of the operations past retention, in turn, until the deadline at most. One that the API does not know is
    /// given up, and so is one of an API that answers no fetch at all; but not while lists fail, which says nothing of them.
    /// Failures fail no poll.
    func askForOverdue(until deadline: ContinuousClock.Instant?, into attempt: inout PollAttempt) async {
        let due = overduePace.take(at: .now)
        guard due > 0 else { return }
        do throws(SweepError) {
            let ids: [String]
            do { ids = try ledger.overdueIDs() } catch { throw .ledger(error) }
            let next = ids.firstIndex { $0 > lastOverdue } ?? 0
            var gone: [String] = []
            for (number, id) in (ids[next...] + ids[..<next]).prefix(due).enumerated() {
                // At least one a poll, so that short intervals come to all of them.
                guard number == 0 || deadline.map({ .now < $0 }) ?? true else { break }
                lastOverdue = id
                overduePace.spend(at: .now)
                let answer = try await askForOverdue(id)
                if answer != .known { gone.append(id) }
                if answer == .none { break }
            }
            if ids.count <= due { overduePace.restart(at: .now) }
            if attempt.failure == nil { try expire(gone) }
        } catch .ledger(let error) {
            note(.ledger(error), into: &attempt)
        } catch {
            if case .api(.canceled) = error { note(error, into: &attempt) }
        }
    }

    private enum FetchAnswer {
        case known
        case unknown
        /// None at all, for as long as it takes to give up.
        case none
    }

    private func askForOverdue(_ id: String) async throws(SweepError) -> FetchAnswer {
        do {
            guard let page = try await fetch(id) else { return .unknown }
            try record(page)
            return .known
        } catch .api(let error) where error.reason != nil {
            let isMute = fetchesUnansweredSince.map { ContinuousClock.now - $0 >= Self.fetchPatience } ?? false
            guard isMute else { throw .api(error) }
            return .none
        }
    }

    private func expire(_ ids: [String]) throws(SweepError) {
        let expired: [String]
        do { expired = try ledger.expire(ids) } catch { throw .ledger(error) }
        guard let first = expired.first else { return }
        log.warning(
            "unfinished operations are no longer known to the API, and are counted as expired",
            metadata: metadata.merging(["operations": "\(expired.count)", "operation": "\(first)"]) { $1 })
    }
}
