internal import Operations

extension LedgerState {
    /// The first successful response, at `now`, is the ledger's birth.
    mutating func beBorn(at now: Timestamp) {
        guard birth == nil else { return }
        // Whole seconds, as the API dates operations: one created within the second of birth counts from zero.
        let birth = Timestamp(seconds: now.wholeSeconds)
        self.birth = birth
        retentionEdge = birth - Ledger.retention
    }

    /// The row to merge the first observation of an operation into; nil for one past retention, which may have been
    /// counted and forgotten before.
    func rowOfNew(_ operation: Operation, at now: Timestamp) -> LedgerRow? {
        guard let birth, retains(operation.createdAt), operation.createdAt > now - Ledger.retention else { return nil }
        return LedgerRow(firstSeen: operation, birth: birth)
    }

    /// Takes one merged observation into the window and the totals. `known` is the row before it.
    mutating func note(_ row: LedgerRow, after known: LedgerRow, _ gain: Gain) {
        if retains(row.createdAt) {
            if known.isHeld { window.remove(known.status, known.stats) }
            window.add(row.status, row.stats)
        }
        if !known.isHeld {
            totals.add(1, to: .operationsHeld)
            if row.countsFromZero { totals.add(1, to: .operationsSeen) }
        }
        for (milestone, amount) in gain.milestones { totals.add(amount, to: .gained(milestone)) }
        for milestone in gain.regressions { totals.add(1, to: .regressions(milestone)) }
        if let completed = gain.completed {
            totals.add(1, to: .operationsCompleted)
            if let duration = completed.duration { durations.observe(duration) }
        }
        if gain.wasCanceled { totals.add(1, to: .operationsCanceled) }
        if gain.isContradiction { totals.add(1, to: .contradictions) }
        count(row.verdict, after: known.verdict)
    }

    /// Counts an operation's verdict in place of the one it had.
    mutating func count(_ verdict: StatsReading?, after last: StatsReading?) {
        guard verdict != last else { return }
        if let last { totals[.verdicts(last)] = max(0, totals[.verdicts(last)] - 1) }
        if let verdict { totals.add(1, to: .verdicts(verdict)) }
    }

    /// Turns the reading if the verdicts say so. One operation among many turns nothing: exclusive begins with nine in ten of
    /// at least ten, and stays down to eight in ten of however many.
    mutating func turnReading() {
        let exclusive = totals[.verdicts(.exclusive)]
        let all = exclusive + totals[.verdicts(.cumulative)]
        let isExclusive = reading == .exclusive ? exclusive * 10 >= all * 8 : all >= 10 && exclusive * 10 >= all * 9
        reading = isExclusive ? .exclusive : .cumulative
    }

    /// Lets an operation that has left retention out of the window.
    mutating func release(_ row: LedgerRow) {
        window.remove(row.status, row.stats)
        if row.status.isUnfinished { totals.add(1, to: .expiredUnfinished) }
    }
}
