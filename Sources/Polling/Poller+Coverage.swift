internal import CommsAPI
internal import Ledger
internal import Locking
internal import Logging
internal import Operations

// Creation times: those that a listing covers, and those that the API shows no longer.
extension Poller {
    /// The API lets operations go at an edge of its own: those that are nearly past retention are not missed.
    private static let edgeTolerance = Duration.seconds(300)
    /// At most so many operations are asked for by id to judge one listing.
    private static let mostQuestions = 3

    /// The verdict on a listing by the oldest operations that the ledger holds of its time.
    private enum Trust {
        /// It shows the oldest, or there is none.
        case whole(oldest: Timestamp?)
        /// It lacks all that are older than some moment, and the API does not know the newest of them, created then.
        case gone(createdAt: Timestamp)
        /// It lacks all that are older than some moment, and the API cannot be asked for them.
        case unknown
        /// It lacks an operation that the API knows by its id.
        case none(id: String)
    }

    /// Notes the creation times that a listed slice covers: from retention's edge when the listing ended to the moment when it
    /// began. Those older than all that is shown wait for the end of the sweep.
    func cover(_ listing: Listing, _ listed: Listed, of sweep: Sweep, isLast: Bool) async throws(SweepError) {
        // The window was computed by a clock that has stepped since: it will be listed again.
        guard journal.clock.steps == listing.clockSteps else { return }
        let margin = secondWays.withLock { $0.forms.startsInside } ? RequestForms.margin : .zero
        let edge = later(listing.ended) - Operation.retention + margin
        let span = Coverage.Span(
            start: max(listing.slice.start, edge), end: min(listing.slice.end ?? listing.begun, earlier(listing.begun)))
        let expected = Coverage.Span(start: max(span.start, edge + Self.edgeTolerance), end: span.end)
        switch try await trust(in: listed, expected, of: sweep) {
        case .whole(let oldest):
            schedule[listingOf: sweep].add(span, oldest: oldest)
        case .gone(let createdAt):
            schedule[listingOf: sweep].addGone(createdAt: createdAt)
            schedule[listingOf: sweep].add(span, oldest: try oldest(of: listed, in: expected))
        case .unknown:
            schedule[listingOf: sweep].noteUnanswered()
            guard let oldest = try oldest(of: listed, in: expected) else { break }
            let shown = Coverage.Span(start: max(span.start, oldest), end: span.end)
            schedule[listingOf: sweep].add(shown, oldest: oldest)
        case .none(let id):
            warnOfDistrust(id)
        }
        try cover(sweep, isComplete: isLast)
    }

    // Until the API's time is confirmed, this machine's may be the right one.
    private func later(_ time: Timestamp) -> Timestamp {
        journal.clock.isConfirmed ? time : max(time, time - clockSkew)
    }
    private func earlier(_ time: Timestamp) -> Timestamp {
        journal.clock.isConfirmed ? time : min(time, time - clockSkew)
    }

    private func cover(_ sweep: Sweep, isComplete: Bool) throws(SweepError) {
        let listing = schedule[listingOf: sweep]
        do {
            try ledger.cover(isComplete ? listing.covered : listing.certain)
            // Only a sweep of the whole retention has listed all that is older.
            guard isComplete, sweep == .week, let edge = listing.edge else { return }
            try ledger.giveUp(before: edge)
            warnOfRetention(edge)
        } catch {
            throw .ledger(error)
        }
    }

    /// Judges a list by the operations that the ledger holds of the time that it lists, and must show.
    private func trust(
        in listed: Listed, _ span: Coverage.Span, of sweep: Sweep
    ) async throws(SweepError) -> Trust {
        guard span.start <= span.end, let oldest = try oldestHeld(in: span) else {
            return .whole(oldest: listed.oldestNews)
        }
        guard !listed.ids.contains(Fingerprint.hash(ofID: oldest.id)) else {
            return .whole(oldest: min(oldest.createdAt, listed.oldestNews ?? oldest.createdAt))
        }
        // One is enough to know that the API keeps less.
        guard !schedule[listingOf: sweep].hasGone else { return .gone(createdAt: oldest.createdAt) }
        guard !schedule[listingOf: sweep].isUnanswered else { return .unknown }
        for _ in 0..<Self.mostQuestions {
            let shown = try self.oldest(of: listed, in: span)
            let end = shown.map { $0 - .milliseconds(1) } ?? span.end
            guard let missing = try newestHeld(from: span.start, to: end) else { return .whole(oldest: shown) }
            do {
                guard let page = try await fetch(missing.id) else { return .gone(createdAt: missing.createdAt) }
                try record(page)
            } catch .api(let error) where error.reason != nil {
                return .unknown
            }
            // It may have moved out of the time that was listed.
            if try newestHeld(from: span.start, to: end)?.id == missing.id { return .none(id: missing.id) }
        }
        return .unknown
    }

    private func oldestHeld(in span: Coverage.Span) throws(SweepError) -> (id: String, createdAt: Timestamp)? {
        do { return try ledger.oldestHeld(from: span.start, to: span.end) } catch { throw .ledger(error) }
    }

    private func newestHeld(
        from start: Timestamp, to end: Timestamp
    ) throws(SweepError) -> (id: String, createdAt: Timestamp)? {
        do { return try ledger.newestHeld(from: start, to: end) } catch { throw .ledger(error) }
    }

    /// The creation time of the oldest operation shown: of those that were news, or that the ledger holds in a span.
    private func oldest(of listed: Listed, in span: Coverage.Span) throws(SweepError) -> Timestamp? {
        guard span.start <= span.end, !listed.ids.isEmpty else { return listed.oldestNews }
        let ids = Set(listed.ids)
        do {
            let held = try ledger.oldestHeld(from: span.start, to: span.end) {
                ids.contains(Fingerprint.hash(ofID: $0))
            }
            return [held?.createdAt, listed.oldestNews].compactMap(\.self).min()
        } catch {
            throw .ledger(error)
        }
    }

    private func warnOfRetention(_ edge: Timestamp) {
        warnOnce(
            "the API keeps operations for less than 7 days; what it let go before it was listed is in coverage_gap_seconds_total",
            ["oldest_listed": "\(edge)"])
    }

    private func warnOfDistrust(_ id: String) {
        warnOnce(
            "a list lacks an operation that the API knows by its id; the time of such lists may end in coverage_gap_seconds_total",
            ["operation": "\(id)"])
    }

    func warnOnce(_ message: String, _ details: Logger.Metadata) {
        guard warned.insert(message).inserted else { return }
        log.warning("\(message)", metadata: metadata.merging(details) { $1 })
    }
}
