package import Operations
internal import SQLite

/// Remembers, per operation, the highest value each milestone has reached, and keeps the totals of what they gained.
///
/// A page is one transaction with full sync, and `state` is what has been committed: a number that has been shown is
/// never taken back, not by SIGKILL and not by power loss. Not Sendable: one poller owns it.
package final class Ledger {
    /// How long the API lists an operation after its creation
    /// (https://docs.comms.twilio.com/comms-api-reference/messages/list-operations, "Data retention").
    package static let retention = Duration.seconds(7 * 86_400)
    /// How long a row outlives retention, so that a last late observation still finds its marks.
    static let grace = Duration.seconds(3600)

    /// What is committed; replaced as a whole by each commit.
    package private(set) var state: LedgerState
    /// The last time a ledger had to be set aside: its new name and why. For the log of whoever opened the ledger.
    package private(set) var recovery: LedgerRecovery?

    private let owner: LedgerOwner
    private let file: LedgerFile?
    private let forcedReading: StatsReading?
    private var database: LedgerDatabase
    private var fingerprints = FingerprintTable()

    /// Opens the owner's ledger in a folder, or begins one; `:memory:` for one that is never stored.
    ///
    /// A file that is damaged, of another schema or another owner's is set aside under a new name and a fresh ledger is
    /// begun: see `recovery`. Throws where the folder cannot be used or another process holds the ledger.
    package init(folder: String, owner: LedgerOwner, forcedReading: StatsReading? = nil) throws(LedgerError) {
        self.owner = owner
        self.forcedReading = forcedReading
        file = folder == ":memory:" ? nil : try LedgerFile(folder: folder, owner: owner)
        (database, state, recovery) = try Self.open(file, owner)
        if recovery != nil { try commit { state in state.totals[.recoveries] += 1 } }
    }

    /// The reading observations are read by unless they prove the other one themselves.
    package var readingInForce: StatsReading { forcedReading ?? state.provenReading ?? .exclusive }

    /// Where the ledger is, for messages.
    package var path: String { file?.path ?? ":memory:" }

    /// Merges the operations of one page, as the API showed them at `now` by its own clock.
    ///
    /// The first page, even an empty one, is the ledger's birth. On an error nothing of the page has been counted.
    package func record(_ page: [Operation], at now: Timestamp) throws(LedgerError) {
        let changed = page.map { (operation: $0, fingerprint: Fingerprint($0)) }
            .filter { !fingerprints.contains($0.fingerprint) }
        guard !changed.isEmpty || state.birth == nil else { return }
        let proven = page.reversed().lazy.compactMap(\.stats.provenReading).first
        let readingBefore = readingInForce
        var held: [Fingerprint] = []
        try commit { state throws(SQLiteError) in
            Self.beBorn(&state, at: now)
            state.provenReading = proven ?? state.provenReading
            for (operation, fingerprint) in changed where try self.merge(operation, into: &state) {
                held.append(fingerprint)
            }
        }
        // Under another reading the same stats may have reached more.
        if readingInForce != readingBefore { fingerprints = FingerprintTable() }
        for fingerprint in held { fingerprints.insert(fingerprint) }
    }

    /// Lets go of what has left retention by `now`: operations leave the window, and an hour later the ledger. Creation
    /// time that leaves without ever having been covered is added to the coverage gap.
    package func retire(at now: Timestamp) throws(LedgerError) {
        let edge = now - Self.retention
        guard let birth = state.birth, let last = state.retentionEdge, edge > last else { return }
        var forgotten: [String] = []
        try commit { state throws(SQLiteError) in
            try self.database.operations.forEachRow(createdAfter: last, to: edge) { state.release($0) }
            forgotten = try self.database.operations.deleteRows(createdTo: edge - Self.grace)
            state.totals.add(Int64(-forgotten.count), to: .operationsHeld)
            state.totals.add(state.coverage.gap(from: max(last, birth), to: edge), to: .coverageGapMilliseconds)
            state.coverage.forget(before: edge)
            state.retentionEdge = edge
        }
        for id in forgotten { fingerprints.remove(id: Fingerprint.hash(ofID: id)) }
    }

    /// Notes that all operations created from `start` to `end` have been listed.
    package func cover(from start: Timestamp, to end: Timestamp) throws(LedgerError) {
        guard let birth = state.birth else { return }
        try commit { state in state.coverage.cover(from: max(start, birth), to: end) }
    }

    /// Notes that the whole retention has been listed once: from now on the window shows all of it.
    package func completeWindow() throws(LedgerError) {
        guard !state.windowIsComplete else { return }
        try commit { state in state.windowIsComplete = true }
    }

    /// Ids of the operations inside retention last seen in `status`, oldest first.
    package func unfinishedIDs(_ status: OperationStatus) throws(LedgerError) -> [String] {
        do {
            let edge = state.retentionEdge ?? Timestamp(milliseconds: .min)
            return try database.operations.unfinishedIDs(status, createdAfter: edge)
        } catch {
            throw ledgerError(error)
        }
    }

    /// Sets the present file aside as damaged and begins a fresh ledger. What was counted ends with it, as after a
    /// counter reset.
    package func beginAfresh(because detail: String) throws(LedgerError) {
        guard let file else { throw .damaged(path: path, detail: detail) }
        // Closed before it is renamed: closing deletes the write-ahead log by the name the database was opened under.
        (database, _, _) = try Self.open(nil, owner)
        let aside = try file.setAside()
        (database, state, _) = try Self.open(file, owner)
        fingerprints = FingerprintTable()
        recovery = LedgerRecovery(setAside: aside, reason: detail)
        try commit { state in state.totals[.recoveries] += 1 }
    }

    private static func beBorn(_ state: inout LedgerState, at now: Timestamp) {
        guard state.birth == nil else { return }
        // Whole seconds, as the API dates operations: one created within the second of birth counts from zero.
        let birth = Timestamp(seconds: now.wholeSeconds)
        state.birth = birth
        state.retentionEdge = birth - retention
    }

    /// Merges one observation; false where the operation is past retention and unknown, and so is not held.
    private func merge(_ operation: Operation, into state: inout LedgerState) throws(SQLiteError) -> Bool {
        let known = try database.operations.row(id: operation.id)
        guard known != nil || state.retains(operation.createdAt), let birth = state.birth else { return false }
        var row = known ?? LedgerRow(firstSeen: operation, birth: birth)
        let reading = forcedReading ?? operation.stats.provenReading ?? state.provenReading ?? .exclusive
        let gain = row.merge(operation, reading: reading)
        if let known, known == row { return true }
        try database.operations.save(row)
        state.note(row, after: known, gain)
        return true
    }

    /// Makes the next state and the rows that go with it durable in one transaction, and only then current.
    private func commit(_ change: (inout LedgerState) throws(SQLiteError) -> Void) throws(LedgerError) {
        var next = state
        do {
            try database.connection.transaction { () throws(SQLiteError) in
                try change(&next)
                try database.stateTables.save(next, over: state)
                try database.describe(&next)
            }
        } catch {
            throw ledgerError(error)
        }
        state = next
    }

    private func ledgerError(_ error: SQLiteError) -> LedgerError {
        if error.isDamage { return .damaged(path: path, detail: "\(error)") }
        return error.isBusy ? .inUse(path: path) : .storage(path: path, detail: "\(error)")
    }

    /// Opens the database with what it has committed; one that is unusable is set aside, once.
    private static func open(
        _ file: LedgerFile?, _ owner: LedgerOwner
    ) throws(LedgerError) -> (LedgerDatabase, LedgerState, LedgerRecovery?) {
        let path = file?.path ?? ":memory:"
        do throws(LedgerDatabase.Failure) {
            if let file, file.isEmpty { throw .unusable("it is empty") }
            let database = try LedgerDatabase(path: path, owner: owner)
            return (database, try database.load(), nil)
        } catch {
            guard case .unusable(let reason) = error, let file else {
                throw .storage(path: path, detail: "\(error)")
            }
            let recovery = LedgerRecovery(setAside: try file.setAside(), reason: reason)
            let (database, state, _) = try open(file, owner)
            return (database, state, recovery)
        }
    }
}
