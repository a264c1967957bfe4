package import Locking
package import Operations
internal import SQLite

/// Remembers, per operation, the highest value each milestone has reached, and keeps the totals of what they gained.
///
/// A page is one transaction with full sync, and `state` is what has been committed: a number that has been shown is
/// never taken back, not by SIGKILL and not by power loss. Not Sendable: one poller owns it.
package final class Ledger {
    /// The time for which a row outlives retention, so that a last late observation still finds its marks.
    static let grace = Duration.seconds(3600)
    /// An unfinished operation is given up at this age, whatever the API says.
    static let longestSchedule = Duration.seconds(35 * 86_400)
    /// A clock that goes back by less than this is a clock; by more, something is wrong.
    static let clockTolerance = Duration.seconds(86_400)

    /// What is committed; replaced as a whole by each commit.
    package private(set) var state: LedgerState
    /// The last time a file had to be set aside: its new name and why. For the log of whoever owns the ledger.
    package private(set) var recovery: LedgerRecovery?

    /// The last time the ledger gave way to that of another account SID. For the log of whoever owns the ledger.
    package private(set) var ownerChange: OwnerChange?
    /// One whose next ledger has not been opened yet.
    var unreportedChange: OwnerChange?

    /// Changed by `belong(to:)`.
    var owner: LedgerOwner
    /// Nil from the moment the file is known to be damaged until a fresh one has been begun. Before `file`, so that it is
    /// closed before the lock is let go.
    private(set) var database: LedgerDatabase?
    let file: LedgerFile?
    private var forcedReading: StatsReading?
    /// Why the file must be set aside before the next one is begun.
    private var damage: String?
    /// What the operations last looked like that the ledger holds: a page need not show those that look so still. What was
    /// left out of a page by another generation of it must be shown again.
    package let known = Locked(FingerprintTable())
    /// The hashes of the ids of operations whose present numbers were first seen by the poll under way, and wait for a later
    /// one.
    private var waitingSinceThisPoll: Set<UInt64> = []
    /// The operation whose numbers were last found to be impossible in both readings, or in the forced one. For the log.
    package private(set) var contradiction: String?
    private var isClosed = false

    /// Opens the owner's ledger in a folder, or begins one; `:memory:` for one that is never stored.
    ///
    /// A file that is damaged, of another schema or of another account's name is set aside under a new name and a fresh ledger
    /// is begun: see `recovery`. One of another SID is kept: see `dispute`. Throws where the folder cannot be used or another
    /// process holds the ledger.
    package init(folder: String, owner: LedgerOwner, forcedReading: StatsReading? = nil) throws(LedgerError) {
        self.owner = owner
        self.forcedReading = forcedReading
        file = folder == ":memory:" ? nil : try LedgerFile(folder: folder, owner: owner)
        state = LedgerState()
        do throws(LedgerDatabase.Failure) {
            if let file, file.isEmpty { throw .unusable("it is empty") }
            (database, state) = try Self.open(file, owner)
        } catch {
            switch error {
            case .unusable(let reason): try beginAfresh(because: reason)
            case .sqlite(let error): throw ledgerError(error)
            case .system(let detail): throw .storage(path: path, detail: detail)
            }
        }
    }

    /// The reading of looks that decide for none themselves.
    package var readingInForce: StatsReading { forcedReading ?? state.reading }

    /// Called at the beginning of each poll: numbers that wait for a later poll than the one that first saw them may count.
    package func pollBegins() {
        waitingSinceThisPoll = []
    }

    /// From now on reads all looks by this reading; nil is by their verdicts. What has been counted stays.
    package func force(_ reading: StatsReading?) {
        guard reading != forcedReading else { return }
        forcedReading = reading
        // Under another reading the same stats may have reached more.
        known.withLock { $0.removeAll() }
    }

    /// Closes the file and lets other ledgers have it, also before the last reference is gone. Every later call throws.
    package func close() {
        isClosed = true
        database = nil
        file?.unlock()
    }

    /// Where the ledger is, for messages.
    package var path: String { file?.path ?? ":memory:" }

    /// Reads the whole file and throws `damaged` where it contradicts itself.
    ///
    /// Damage to the tree would not fail a look-up but miss an operation, which would then be counted a second time. So the
    /// poller calls this before it records anything; scrapes are served meanwhile. A million operations take a second.
    package func verify() throws(LedgerError) {
        let database = try usableDatabase()
        let fault: String?
        do { fault = try database.fault() } catch { throw ledgerError(error) }
        if let fault { throw .damaged(path: path, detail: fault) }
    }

    /// Merges the operations of one page, as the API showed them at `now` by its own clock, and at `wall` by this machine's.
    ///
    /// The first page, even an empty one, is the ledger's birth. On an error nothing of the page has been counted.
    package func record(_ page: [Sighting], at now: Timestamp, wall: Timestamp) throws(LedgerError) {
        _ = try usableDatabase()
        try checkClock(now)
        guard !page.isEmpty || state.birth == nil else { return }
        let readingBefore = readingInForce
        var held: [Sighting] = []
        var waiting = waitingSinceThisPoll
        var contradiction = contradiction
        try commit { state, database throws(SQLiteError) in
            state.beBorn(at: now, wall: wall)
            let rows = try database.operations.rows(ids: page.map(\.operation.id))
            let new = page.lazy.map(\.operation).filter { rows[$0.id] == nil }
            state.doubtBirth(ifAnyIsNewer: new.map(\.createdAt), than: now, wall: wall)
            var changed: [String: LedgerRow] = [:]
            let accountReading = state.reading
            for sighting in page {
                let operation = sighting.operation
                let hash = Fingerprint.hash(ofID: operation.id)
                let known = changed[operation.id] ?? rows[operation.id] ?? state.rowOfNew(operation, at: min(now, wall))
                guard let known else { continue }
                let context = LookContext(
                    now: now, accountReading: accountReading, forcedReading: self.forcedReading,
                    isLaterPoll: !waiting.contains(hash))
                let row = self.merge(operation, into: known, context, &state)
                if row.hasContradicted && !known.hasContradicted { contradiction = operation.id }
                if row.waits && (!known.waits || row.stats != known.stats) { waiting.insert(hash) }
                // A look that waits, is of a lagging replica, or of an operation given up is to be seen again.
                let isKnown = !row.waits && row.olderSince == nil && !row.hasExpired
                held.append(isKnown ? sighting : Sighting(operation))
                if row != known { changed[operation.id] = row }
            }
            state.turnReading()
            // The list is the newest first; in the order of the table SQLite balances a third less.
            for id in changed.keys.sorted() {
                if let row = changed[id] { try database.operations.save(row) }
            }
        }
        waitingSinceThisPoll = waiting
        self.contradiction = contradiction
        // This page was still read by the old reading, so its operations must be shown again.
        guard !forgetKnown(ifNotReadAs: readingBefore) else { return }
        known.withLock { known in for sighting in held { known.note(sighting) } }
    }

    /// Under another reading the same stats may have reached more. Returns true where all has been forgotten.
    func forgetKnown(ifNotReadAs reading: StatsReading) -> Bool {
        guard readingInForce != reading else { return false }
        known.withLock { $0.removeAll() }
        return true
    }

    /// Sets the present file aside as damaged and begins a fresh ledger. What was counted ends with it, as after a
    /// counter reset. Where that cannot be done, every later call tries again, and until then nothing is recorded.
    package func beginAfresh(because reason: String) throws(LedgerError) {
        guard file != nil else { throw .damaged(path: path, detail: reason) }
        // Closed before it is renamed: closing deletes the write-ahead log by the name the database was opened under.
        leaveDatabase()
        damage = reason
        _ = try usableDatabase()
    }

    /// The database, or where it was given up as damaged the fresh one in its place. Called before anything is read of
    /// `state`, which belongs to the database.
    func usableDatabase() throws(LedgerError) -> LedgerDatabase {
        if let database { return database }
        guard !isClosed else { throw .storage(path: path, detail: "it is closed") }
        if let damage, let file {
            // Somebody may have moved it away by hand.
            if file.exists { recovery = LedgerRecovery(setAside: try file.setAside(), reason: damage) }
            do { try Self.make(file, owner, recoveries: max(1, file.setAsideCount)) } catch { throw cannotBegin(error) }
        }
        // What is there from now on is the fresh one, even where it cannot be opened yet.
        damage = nil
        try file?.checkOwnership()
        let fresh: LedgerDatabase
        do { (fresh, state) = try Self.open(file, owner) } catch {
            if case .unusable(let reason) = error { damage = reason }
            throw cannotBegin(error)
        }
        database = fresh
        if let unreportedChange { ownerChange = unreportedChange }
        unreportedChange = nil
        return fresh
    }

    /// Closes the database for another one, of which nothing is known yet.
    func leaveDatabase() {
        database = nil
        waitingSinceThisPoll = []
        contradiction = nil
        known.withLock { $0.removeAll() }
    }

    /// Merges one look into the operation's row, and what it gains into the state; returns the row.
    private func merge(
        _ operation: Operation, into known: LedgerRow, _ context: LookContext, _ state: inout LedgerState
    ) -> LedgerRow {
        var row = known
        let gain = row.merge(operation, in: context)
        guard row != known else { return known }
        state.noteLeaving(&row, after: known, at: context.now)
        state.note(row, after: known, gain)
        return row
    }

    /// A ledger that has seen a later time would take everything for past retention, and say nothing.
    func checkClock(_ now: Timestamp) throws(LedgerError) {
        let seen = max(state.birth ?? now, state.retentionEdge.map { $0 + Operation.retention } ?? now)
        guard seen > now + Self.clockTolerance else { return }
        throw .ahead(path: path, by: seen - now)
    }

    /// Makes the next state and the rows that go with it durable in one transaction, and only then current.
    func commit(
        _ change: (inout LedgerState, LedgerDatabase) throws(SQLiteError) -> Void
    ) throws(LedgerError) {
        let database = try usableDatabase()
        if let dispute { throw .disputed(dispute) }
        do { try file?.makeNameDurable() } catch { throw .storage(path: path, detail: "\(error)") }
        var next = state
        do {
            try database.connection.transaction { () throws(SQLiteError) in
                guard try database.stateTables.hold(state) else { throw .overtaken }
                try change(&next, database)
                try database.stateTables.save(next, over: state)
                try database.describe(&next)
                // As late as can be.
                do throws(LedgerError) { try file?.checkOwnership() } catch { throw .overtaken }
            }
        } catch {
            guard error.isOvertaken else { throw ledgerError(error) }
            database.connection.keepLogWhenClosed()
            // Its token is the same reason at every commit, whether the other process has written yet or not.
            try file?.checkOwnership()
            throw ledgerError(error)
        }
        state = next
    }

    func ledgerError(_ error: SQLiteError) -> LedgerError {
        if error.isDamage { return .damaged(path: path, detail: "\(error)") }
        if error.isOvertaken { return .lost(path: path, detail: "another process has written to it") }
        return error.isBusy ? .inUse(path: path) : .storage(path: path, detail: "\(error)")
    }

    private func cannotBegin(_ failure: LedgerDatabase.Failure) -> LedgerError {
        .storage(path: path, detail: "cannot begin a fresh ledger: \(failure)")
    }

    /// Opens the database with what it has committed, or a new one.
    private static func open(
        _ file: LedgerFile?, _ owner: LedgerOwner
    ) throws(LedgerDatabase.Failure) -> (LedgerDatabase, LedgerState) {
        if let file, !file.exists { try make(file, owner, recoveries: file.setAsideCount) }
        let database = try LedgerDatabase(path: file?.path ?? ":memory:", owner: owner)
        return (database, try database.load())
    }

    /// Makes a new database, which says how many were set aside before it.
    private static func make(
        _ file: LedgerFile, _ owner: LedgerOwner, recoveries: Int64
    ) throws(LedgerDatabase.Failure) {
        try file.make { path throws(LedgerDatabase.Failure) in
            try LedgerDatabase.create(at: path, for: owner, recoveries: recoveries)
        }
    }
}
