/// A ledger that belongs to one account SID while another is configured, which the API has not answered yet.
package struct LedgerDispute: Equatable, Sendable, CustomStringConvertible {
    /// The ledger's file.
    package let path: String
    /// The account SID that the ledger belongs to.
    package let holder: String
    /// The account SID that is configured.
    package let claimant: String

    /// One line for the log and the status page, with what to do.
    package var description: String {
        "the ledger \(path) belongs to account SID \(holder), and the configured account SID \(claimant) has not had"
            + " an answer 200 from the API: counters stand still; correct the account SID, or its credentials"
    }
}

/// A ledger that has given way to that of another account SID.
package struct OwnerChange: Equatable, Sendable, CustomStringConvertible {
    /// The accounts before and after, and the ledger's file.
    package let dispute: LedgerDispute
    /// The new path of the former ledger; nil for one that was never stored.
    package internal(set) var setAside: String?
    /// The path at which the present ledger had lain aside; nil for one that is fresh.
    package internal(set) var takenBack: String?
    /// The files that lie aside and could not be taken back, and stay where they are.
    package internal(set) var passedOver: [UnsoundLedger] = []

    /// The line for the log; the paths go beside it.
    package var description: String {
        let outcome = takenBack == nil ? "a fresh one begun" : "an earlier one taken back"
        return "ledger set aside and \(outcome): \(dispute.path) belonged to account SID \(dispute.holder), and the API"
            + " answers account SID \(dispute.claimant), which is configured; if that is wrong, correct it, and the old"
            + " ledger is taken back"
    }
}

/// A file that lies aside and cannot be taken back; it may have been the account's or another's.
package struct UnsoundLedger: Equatable, Sendable, CustomStringConvertible {
    package let path: String
    package let reason: String

    /// The line for the log; the path goes beside it.
    package var description: String { "a ledger that was set aside cannot be taken back: \(reason)" }
}
