internal import CommsAPI
internal import Ledger
internal import Logging
internal import Operations

// Operations that are asked for by their id, since no list shows them.
extension Poller {
    /// At most this many operations are fetched by id after one sweep; the rest follow at the next poll.
    static let chaseLimit = 100
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

    /// Fetches by id what the ledger holds in a status but the API no longer lists in it, so that its final stats
    /// arrive now and not with the next `day` or `week`. What cannot be fetched is left to those.
    func chase(
        _ status: OperationStatus, except listed: Set<UInt64>, into attempt: inout PollAttempt
    ) async throws(SweepError) {
        let held: [String]
        do { held = try ledger.unfinishedIDs(status) } catch { throw .ledger(error) }
        // If the API lists it again, it can be had again.
        lost.subtract(listed)
        let missing = held.filter { id in
            let hash = Fingerprint.hash(ofID: id)
            return !listed.contains(hash) && !lost.contains(hash)
        }
        for id in missing.prefix(Self.chaseLimit) {
            let page: Page?
            do { page = try await fetch(id) } catch .api(let error) {
                attempt.noteFetch(error)
                guard let reason = error.reason, reason != .auth, !reason.meansNoAnswer || reason == .serverError else {
                    // Credentials that may list but not fetch are refused for every id.
                    if error.reason == .auth { lost.formUnion(held.lazy.map(Fingerprint.hash)) }
                    return
                }
                lost.insert(Fingerprint.hash(ofID: id))
                continue
            }
            let hash = Fingerprint.hash(ofID: id)
            if let page {
                absences.remove([hash])
                try record(page)
            } else {
                absences.add(id, hash: hash)
            }
            // Still in this status, though not listed in it: it would only be fetched again and again.
            if page?.operations.first?.status ?? status == status { lost.insert(hash) }
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
