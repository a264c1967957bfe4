package import Operations
internal import SQLite

/// Creation times: those that have been listed, and those that were lost.
extension Ledger {
    /// Notes that all operations created in these spans have been listed.
    package func cover(_ spans: [Coverage.Span]) throws(LedgerError) {
        _ = try usableDatabase()
        guard let birth = state.birth, !spans.isEmpty else { return }
        try commit { state, _ in
            for span in spans { state.coverage.cover(from: max(span.start, birth), to: span.end) }
        }
    }

    /// Adds the creation times before `limit` that no listing has covered to the gap, since the API shows nothing so old.
    package func giveUp(before limit: Timestamp) throws(LedgerError) {
        _ = try usableDatabase()
        guard let birth = state.birth, let edge = state.retentionEdge, case let start = max(birth, edge), start < limit
        else { return }
        try commit { state, _ in
            state.totals.add(state.coverage.gap(from: start, to: limit), to: .coverageGapMilliseconds)
            // It is accounted for, and must not be added again when it leaves retention.
            state.coverage.cover(from: start, to: limit)
        }
    }

    /// Takes back that anything created after `now` has been listed: the clock that said so was ahead.
    package func uncover(after now: Timestamp) throws(LedgerError) {
        _ = try usableDatabase()
        try commit { state, _ in state.coverage.forget(after: now) }
    }

    /// Notes that the whole retention has been listed once: from now on the window shows all of it.
    package func completeWindow() throws(LedgerError) {
        guard !state.windowIsComplete else { return }
        try commit { state, _ in state.windowIsComplete = true }
    }

    /// Notes that all operations created after `start` have been listed, which is the whole retention where `isComplete`. If
    /// that settles the birth, what is created later is news from now on.
    package func settleBirth(listedSince start: Timestamp, isComplete: Bool) throws(LedgerError) {
        guard state.birth != nil, state.birthCertainty != .settled else { return }
        try commit { state, database throws(SQLiteError) in
            let newest = try database.operations.newestCreation()
            state.settleBirth(newest: newest, listedSince: start, isComplete: isComplete)
        }
    }

    /// The oldest operation held of those created from `start` to `end` whose ids are wanted; the expired are left out.
    package func oldestHeld(
        from start: Timestamp, to end: Timestamp, where isWanted: (String) -> Bool = { _ in true }
    ) throws(LedgerError) -> (id: String, createdAt: Timestamp)? {
        let database = try usableDatabase()
        do { return try database.operations.oldest(from: start, to: end, where: isWanted) } catch {
            throw ledgerError(error)
        }
    }

    /// The newest operation held of those created from `start` to `end`; the expired are left out.
    package func newestHeld(
        from start: Timestamp, to end: Timestamp
    ) throws(LedgerError) -> (id: String, createdAt: Timestamp)? {
        let database = try usableDatabase()
        do { return try database.operations.newest(from: start, to: end) } catch { throw ledgerError(error) }
    }
}
