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

    /// From now on is asked for by this owner, who has the same account name and resource, and may have another SID or none.
    /// Nothing changes on the disk before `confirmOwner`.
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
        let holder = try usableDatabase().accountSID
        guard let sid = owner.accountSID else { return }
        if let dispute {
            try giveWay(in: dispute)
        } else if holder == nil {
            try take(sid)
        }
    }

    /// Holds on to no database meanwhile: one that is moved has to be closed.
    private func giveWay(in dispute: LedgerDispute) throws(LedgerError) {
        guard let file else {
            leaveDatabase()
            ownerChange = OwnerChange(dispute: dispute)
            return try take(dispute.claimant)
        }
        let recoveries = state.totals[.recoveries].addingCount(1)
        var change = OwnerChange(dispute: dispute)
        change.takenBack = try takeBack(from: file, recoveries: recoveries, passingOver: &change.passedOver)
        do throws(LedgerDatabase.Failure) {
            let next =
                if let returning = change.takenBack { returning } else {
                    try draft(in: file, for: dispute.claimant, recoveries: recoveries)
                }
            // Closed before it is renamed: closing deletes the write-ahead log by the name the database was opened under.
            leaveDatabase()
            change.setAside = try file.giveWay(to: next)
        } catch {
            throw .storage(path: path, detail: "cannot begin the ledger of \(dispute.claimant): \(error)")
        }
        ownerChange = change
        _ = try usableDatabase()
    }

    /// Makes a fresh ledger that belongs to the SID from the first, so that no later failure leaves it to another.
    private func draft(
        in file: LedgerFile, for sid: String, recoveries: Int64
    ) throws(LedgerDatabase.Failure) -> String {
        try file.draft { [owner] path throws(LedgerDatabase.Failure) in
            try LedgerDatabase.create(at: path, for: owner, accountSID: sid, recoveries: recoveries)
        }
    }

    /// Makes the present ledger, which belongs to nobody, this SID's.
    private func take(_ sid: String) throws(LedgerError) {
        try commit { _, database throws(SQLiteError) in try database.saveAccountSID(sid) }
        database?.accountSID = sid
    }

    /// Readies the newest sound ledger of the owner that lies aside to be the present one; returns its path, or nil where there
    /// is none. A damaged one, or another account's, is only read. One that may not be read or written is passed over, since
    /// it would stop the account at each poll.
    private func takeBack(
        from file: LedgerFile, recoveries: Int64, passingOver passedOver: inout [LedgerRecovery]
    ) throws(LedgerError) -> String? {
        let former = try usableDatabase()
        for aside in file.asides {
            do throws(LedgerDatabase.Failure) {
                guard try isSound(aside) else { continue }
                try LedgerDatabase(path: aside, owner: owner).beginAgain(after: former, recoveries: recoveries)
            } catch .unusable {
                // The tables of an older version are read only as they are taken over.
                continue
            } catch .sqlite(let error) where error.isForbidden {
                passedOver.append(LedgerRecovery(setAside: aside, reason: "\(error)"))
                continue
            } catch {
                throw .storage(path: aside, detail: "cannot take it back: \(error); or move it away")
            }
            guard !LedgerDatabase.hasLog(aside) else { throw .inUse(path: aside) }
            return aside
        }
        return nil
    }

    private func isSound(_ aside: String) throws(LedgerDatabase.Failure) -> Bool {
        do { return try LedgerDatabase.isSound(at: aside, of: owner) } catch { throw .sqlite(error) }
    }
}
