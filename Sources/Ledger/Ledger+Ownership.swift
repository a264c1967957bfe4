internal import Operations
internal import SQLite

/// A ledger changes hands only when the API has answered: a typing error in a SID costs nothing.
extension Ledger {
    /// The SID that the ledger belongs to and the one that is configured, where these are two. As long as there is a dispute
    /// the ledger shows what it has, and takes nothing.
    package var dispute: LedgerDispute? {
        guard let claimant = owner.accountSID, let holder = database?.accountSID,
            !LedgerOwner.isSameSID(claimant, holder)
        else { return nil }
        return LedgerDispute(path: path, holder: holder, claimant: claimant)
    }

    /// Names the owner of the present configuration, who has the same account name and resource, and may have another SID or
    /// none. Nothing changes on the disk before `confirmOwner`.
    package func belong(to owner: LedgerOwner) {
        precondition(owner.fileName == self.owner.fileName, "a ledger's file is found by its owner's name")
        self.owner = owner
    }

    /// Makes the ledger the owner's. To be called when the API has answered the owner's credentials with a list, and before
    /// anything of it is recorded.
    ///
    /// A ledger that belongs to no SID takes the owner's. One of another SID is set aside, and the newest sound one of the
    /// owner's SID that was set aside before is taken back, or a fresh one begun: see `ownerChange`. Where it throws, a later
    /// call tries again.
    package func confirmOwner() throws(LedgerError) {
        _ = try usableDatabase()
        if let dispute { return try giveWay(in: dispute) }
        guard let database, database.accountSID == nil else { return }
        let sid = owner.accountSID ?? ""
        if database.storedSID != sid { try take(sid) }
    }

    /// Holds on to no database meanwhile: one that is moved has to be closed.
    private func giveWay(in dispute: LedgerDispute) throws(LedgerError) {
        guard let file else {
            leaveDatabase()
            unreportedChange = OwnerChange(dispute: dispute)
            return try take(dispute.claimant)
        }
        try file.checkOwnership()
        let recoveries = state.totals[.recoveries].addingCount(1)
        var change = OwnerChange(dispute: dispute)
        let returning = try takeBack(from: file, recoveries: recoveries, passingOver: &change.passedOver)
        change.takenBack = returning?.path
        do throws(LedgerDatabase.Failure) {
            let next =
                if let returning { returning } else {
                    try draft(in: file, for: dispute.claimant, recoveries: recoveries)
                }
            // Closing alone leaves the log full where another program has the database open.
            try? database?.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            // Closed before it is renamed: closing deletes the write-ahead log by the name the database was opened under.
            leaveDatabase()
            change.setAside = try file.giveWay(to: next)
        } catch {
            // As long as there is a dispute it has to be told.
            _ = try? usableDatabase()
            throw .storage(path: path, detail: "cannot change to the ledger of \(dispute.claimant): \(error)")
        }
        unreportedChange = change
        _ = try usableDatabase()
    }

    /// Makes a fresh ledger that belongs to the SID from the first, so that no later failure leaves it to another.
    private func draft(
        in file: LedgerFile, for sid: String, recoveries: Int64
    ) throws(LedgerDatabase.Failure) -> LockedDatabase {
        try file.draft { [owner] path throws(LedgerDatabase.Failure) in
            try LedgerDatabase.create(at: path, for: owner, accountSID: sid, recoveries: recoveries)
        }
    }

    /// Makes the present ledger, which belongs to nobody, this SID's; "" takes away what was stored as one.
    private func take(_ sid: String) throws(LedgerError) {
        try commit { _, database throws(SQLiteError) in try database.saveAccountSID(sid) }
        database?.noteSaved(sid)
    }

    /// Readies the newest sound ledger of the owner that lies aside to be the present one; nil where there is none. A damaged
    /// one, or another account's, is only read. Throws where one cannot be read, or not be written: it may be the newest.
    private func takeBack(
        from file: LedgerFile, recoveries: Int64, passingOver passedOver: inout [UnsoundLedger]
    ) throws(LedgerError) -> LockedDatabase? {
        let former = try usableDatabase()
        for aside in try file.asides() {
            do throws(LedgerDatabase.Failure) {
                guard let (database, lock) = try openIfSound(aside, of: file) else { continue }
                try database.beginAgain(after: former, recoveries: recoveries)
                return LockedDatabase(path: aside, lock: lock)
            } catch .unusable(let reason) {
                passedOver.append(UnsoundLedger(path: aside, reason: reason))
            } catch {
                throw .storage(path: aside, detail: "cannot take it back: \(error)")
            }
        }
        return nil
    }

    /// Opens a ledger of the owner that lies aside, and locks it first; nil for another account's. Throws `unusable` for one that
    /// is damaged; the tables of an older version are read only as they are taken over.
    private func openIfSound(
        _ aside: String, of file: LedgerFile
    ) throws(LedgerDatabase.Failure) -> (LedgerDatabase, DatabaseLock?)? {
        do throws(LedgerDatabase.Failure) {
            let finding = try LedgerDatabase.attempt { () throws(SQLiteError) in
                try LedgerDatabase.examine(aside, for: owner)
            }
            if case .unsound(let reason) = finding { throw .unusable(reason) }
            guard finding == .sound else { return nil }
            let lock = try file.lock(aside)
            return (try LedgerDatabase(path: aside, owner: owner), lock)
        } catch {
            if case .unusable = error { throw error }
            throw .system("\(error); to do without it, move it to another folder")
        }
    }
}
