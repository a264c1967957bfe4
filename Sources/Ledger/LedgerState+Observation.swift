internal import Operations

extension LedgerState {
    /// Takes one merged observation into the window and the totals. `known` is the row before it, nil for a new one.
    mutating func note(_ row: LedgerRow, after known: LedgerRow?, _ gain: Gain) {
        if retains(row.createdAt) {
            if let known { window.remove(known.status, known.stats) }
            window.add(row.status, row.stats)
        }
        if known == nil {
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
    }

    /// Lets an operation that has left retention out of the window.
    mutating func release(_ row: LedgerRow) {
        window.remove(row.status, row.stats)
        if row.status.isUnfinished { totals.add(1, to: .expiredUnfinished) }
    }
}
