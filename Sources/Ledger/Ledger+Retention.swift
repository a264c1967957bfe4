internal import Locking
package import Operations
internal import SQLite

/// Operations leave: the finished by their age, the unfinished when the API no longer knows them.
extension Ledger {
    /// The most operations that leave retention in one transaction: after a long downtime it is all of them.
    private static let retiredAtOnce: Int64 = 10_000

    /// Lets go of what has left retention by `now`: finished operations leave the window, and an hour later the ledger.
    /// Creation time that leaves without ever having been covered is added to the coverage gap.
    ///
    /// Does at most so much in one transaction; returns true while there is more to do.
    package func retire(at now: Timestamp) throws(LedgerError) -> Bool {
        _ = try usableDatabase()
        try checkClock(now)
        let target = now - Operation.retention
        guard state.birthCertainty != .doubted, let birth = state.birth, let last = state.retentionEdge, target > last
        else { return false }
        let readingBefore = readingInForce
        var edge = target
        var gone: [String] = []
        try commit { state, database throws(SQLiteError) in
            let operations = database.operations
            edge = try min(target, operations.creation(ofRow: Self.retiredAtOnce, createdAfter: last) ?? target)
            try operations.forEachRow(createdAfter: last, to: edge) { state.release($0) }
            for row in try operations.unfinishedRows(createdTo: now - Self.longestSchedule) {
                try operations.save(state.expire(row))
                gone.append(row.id)
            }
            let deleted = try operations.deleteRows(
                createdTo: edge - Self.grace, expiredTo: now - Self.longestSchedule - Self.grace,
                leftTo: now - Self.grace)
            gone += deleted.map(\.id)
            for row in deleted { state.count(nil, after: row.verdict) }
            state.turnReading()
            state.totals.add(Int64(-deleted.count), to: .operationsHeld)
            state.totals.add(state.coverage.gap(from: max(last, birth), to: edge), to: .coverageGapMilliseconds)
            state.coverage.forget(before: edge)
            state.retentionEdge = edge
        }
        _ = forgetKnown(ifNotReadAs: readingBefore)
        known.withLock { known in for id in gone { known.remove(id: Fingerprint.hash(ofID: id)) } }
        return edge < target
    }

    /// Gives up unfinished operations that the API no longer knows: they leave the gauges and count as expired, while their
    /// marks stay until they would be 35 days old. Returns the ids of those that have expired now.
    package func expire(_ ids: [String]) throws(LedgerError) -> [String] {
        var expired: [String] = []
        guard !ids.isEmpty else { return expired }
        try commit { state, database throws(SQLiteError) in
            for row in try database.operations.rows(ids: ids).values {
                let gone = state.expire(row)
                guard gone != row else { continue }
                try database.operations.save(gone)
                expired.append(row.id)
            }
        }
        // If one comes back, it has to be shown.
        known.withLock { known in for id in expired { known.remove(id: Fingerprint.hash(ofID: id)) } }
        return expired.sorted()
    }

    /// The operations inside retention last seen in `status`, oldest first; without those that have expired.
    package func unfinished(
        _ status: OperationStatus
    ) throws(LedgerError) -> [(id: String, createdAt: Timestamp)] {
        let edge = state.retentionEdge ?? Timestamp(milliseconds: .min)
        let database = try usableDatabase()
        do { return try database.operations.unfinished(status, createdAfter: edge) } catch {
            throw ledgerError(error)
        }
    }

    /// Ids of the operations past retention, which no list shows: the unfinished, and those that have finished within the hour.
    package func overdueIDs() throws(LedgerError) -> [String] {
        guard let edge = state.retentionEdge else { return [] }
        let database = try usableDatabase()
        do { return try database.operations.overdueIDs(createdTo: edge) } catch { throw ledgerError(error) }
    }
}
