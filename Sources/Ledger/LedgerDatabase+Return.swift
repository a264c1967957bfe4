internal import Glibc
internal import Operations
internal import SQLite

/// Takes back a ledger that was set aside.
extension LedgerDatabase {
    /// The kinds of files that were set aside.
    enum Finding: Equatable {
        case sound
        /// Another account's.
        case foreign
        case unsound(String)
    }

    /// Examines a file that was set aside: it is sound if it is a ledger of this owner, by name and SID, and all that can be
    /// checked of it holds: its tree, its totals and each operation. The file is only read. One of an older version is checked
    /// by taking it over. Throws where it cannot be read.
    static func examine(_ path: String, for owner: LedgerOwner) throws(SQLiteError) -> Finding {
        do {
            // A log holds what the database does not, and has to be read with it.
            let connection = try Connection(reading: path, isWhole: !hasLog(path))
            try connection.distrust(longestValue: LedgerBounds.longestValue)
            connection.limitSteps(to: LedgerBounds.mostSteps)
            return try examine(connection, for: owner)
        } catch {
            guard error.isDamage || error.isRefusal else { throw error }
            return .unsound(error.message)
        }
    }

    private static func examine(
        _ connection: Connection, for owner: LedgerOwner
    ) throws(SQLiteError) -> Finding {
        let schema = try Schema.examine(connection)
        if case .unusable(let reason) = schema { return .unsound(reason) }
        guard try text("account", in: connection) == owner.account,
            try text("resource", in: connection) == owner.resource, let sid = owner.accountSID,
            try LedgerOwner.isSameSID(text("account_sid", in: connection), sid)
        else { return .foreign }
        // This reads each page once, and what it finds sound has no endless tree.
        connection.limitSteps(to: nil)
        if let fault = try fault(of: connection) { return .unsound(fault) }
        guard case .current = schema else { return .sound }
        _ = try StateTables(connection).load()
        let operations = try OperationTable(connection)
        var last = ""
        while let end = try operations.rows(after: last).last { last = end.id }
        return .sound
    }

    /// True if a database was not closed by the last who wrote to it: there is more of it beside it.
    static func hasLog(_ path: String) -> Bool {
        var status = stat()
        return stat(path + "-wal", &status) == 0 && status.st_size > 0
    }

    /// Makes a ledger that was set aside one that begins now, in the place of `former`: see `LedgerState.takenBack`.
    ///
    /// An account that had two SIDs (a wrong one beside a right API key) has the same operations in both ledgers: what the former
    /// has counted of them is not counted again.
    func beginAgain(after former: LedgerDatabase, recoveries: Int64) throws(Failure) {
        let old = try load()
        do {
            try connection.transaction { () throws(SQLiteError) in
                try adoptMarks(of: former.operations)
                try stateTables.save(old.takenBack(recoveries: recoveries), over: old)
            }
            try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        } catch {
            throw error.isDamage ? .unusable(error.message) : .sqlite(error)
        }
    }

    private func adoptMarks(of former: OperationTable) throws(SQLiteError) {
        var last = ""
        while let rows = try Self.soundRows(of: former, after: last), let end = rows.last {
            let held = try operations.rows(ids: rows.map(\.id))
            for row in rows {
                guard var own = held[row.id] else { continue }
                own.noteCounted(row)
                if own != held[row.id] { try operations.save(own) }
            }
            last = end.id
        }
    }
}

extension LedgerDatabase {
    /// The next rows of the former ledger's table, or nil where they are damaged: that ledger goes, and nothing can be known of
    /// them. A disk that fails is an error: marks that were skipped would let operations count twice.
    private static func soundRows(
        of table: OperationTable, after last: String
    ) throws(SQLiteError) -> [LedgerRow]? {
        do { return try table.rows(after: last) } catch {
            guard error.isDamage else { throw error }
            return nil
        }
    }

    /// Copies a closed database that has no log to a path where there is nothing; all of it is on the disk when this returns.
    static func copy(_ path: String, to copy: String) throws(Failure) {
        try attempt { () throws(SQLiteError) in
            try Connection(reading: path, isWhole: true).copy(to: copy)
        }
        guard sync(copy) == 0 else { throw .system("cannot sync \(copy): \(systemMessage(errno))") }
    }
}

extension LedgerRow {
    /// Takes for counted what another ledger has counted of the same operation.
    fileprivate mutating func noteCounted(_ other: LedgerRow) {
        for milestone in Milestone.allCases {
            let excess: Int64 =
                switch milestone {
                case .sent: other.excess.sent
                case .delivered: other.excess.delivered
                default: 0
                }
            marks[milestone] = max(marks[milestone], other.marks[milestone].addingCount(excess))
        }
        wasCompleted = wasCompleted || other.wasCompleted
        wasCanceled = wasCanceled || other.wasCanceled
        hasContradicted = hasContradicted || other.hasContradicted
        wasExpired = wasExpired || other.wasExpired
    }
}

extension LedgerState {
    /// The state of a ledger that was set aside, when it is taken back: nothing counts twice, and Prometheus reads a reset and
    /// no burst.
    ///
    /// - The operations held stay with their marks, so they count only what they gain beyond what was ever counted of them.
    ///   The sums over them (the window, verdicts, the number held) and the reading stay with them.
    /// - All other totals, the durations and the coverage begin at 0, and birth with the next response: what was created
    ///   while the ledger lay aside is history, as it is to a fresh ledger, and not owed. So birth stays the time since which
    ///   the counters count.
    /// - The edge of retention stays, since what has been forgotten may have been counted.
    /// - The window is shown again when the whole retention has been listed: what it holds is old.
    func takenBack(recoveries: Int64) -> LedgerState {
        var state = self
        state.birth = nil
        state.birthCertainty = .open
        state.durations = DurationHistogram()
        state.coverage = Coverage()
        state.windowIsComplete = false
        state.totals = Totals()
        for kept in [Total.operationsHeld] + StatsReading.allCases.map(Total.verdicts) {
            state.totals[kept] = totals[kept]
        }
        state.totals[.recoveries] = recoveries
        return state
    }
}
