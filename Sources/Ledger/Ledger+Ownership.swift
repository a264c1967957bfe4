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
            ownerChange = OwnerChange(dispute: dispute, setAside: nil, takenBack: nil)
            return try take(dispute.claimant)
        }
        let recoveries = state.totals[.recoveries].addingCount(1)
        let returning = try takeBack(from: file, recoveries: recoveries)
        let aside: String
        do throws(LedgerDatabase.Failure) {
            let next = if let returning { returning } else { try draft(in: file, recoveries: recoveries) }
            // Closed before it is renamed: closing deletes the write-ahead log by the name the database was opened under.
            leaveDatabase()
            aside = try file.giveWay(to: next)
        } catch {
            throw .storage(path: path, detail: "cannot begin the ledger of \(dispute.claimant): \(error)")
        }
        ownerChange = OwnerChange(dispute: dispute, setAside: aside, takenBack: returning)
        try take(dispute.claimant)
    }

    private func draft(in file: LedgerFile, recoveries: Int64) throws(LedgerDatabase.Failure) -> String {
        try file.draft { [owner] path throws(LedgerDatabase.Failure) in
            try LedgerDatabase.create(at: path, for: owner, recoveries: recoveries)
        }
    }

    /// Makes the ledger that is there now, whatever it was, this SID's.
    private func take(_ sid: String) throws(LedgerError) {
        try commit { _, database throws(SQLiteError) in try database.saveAccountSID(sid) }
        database?.accountSID = sid
    }

    /// Readies the newest sound ledger of the owner that lies aside to be the present one; returns its path, or nil where there
    /// is none. Whatever is damaged, or another's, is only read.
    private func takeBack(from file: LedgerFile, recoveries: Int64) throws(LedgerError) -> String? {
        let former = try usableDatabase()
        for aside in file.asides where LedgerDatabase.isSound(at: aside, of: owner) {
            do {
                try LedgerDatabase(path: aside, owner: owner).beginAgain(after: former, recoveries: recoveries)
            } catch .unusable {
                // The tables of an older version are read only as they are taken over.
                continue
            } catch {
                throw .storage(path: aside, detail: "cannot take it back: \(error)")
            }
            guard !LedgerDatabase.hasLog(aside) else { throw .inUse(path: aside) }
            return aside
        }
        return nil
    }
}
