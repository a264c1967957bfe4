import Operations
import SQLite

@testable import Ledger

/// All a ledger has committed: what it shows, and its rows.
struct Committed: Equatable {
    let state: LedgerState
    let rows: String
}
