internal import Operations

/// What the ledger remembers of one operation.
struct LedgerRow: Equatable {
    let id: String
    let createdAt: Timestamp
    var updatedAt: Timestamp?
    var status: OperationStatus
    /// Each member as the API last reported it; a member missing from the last report keeps its value.
    var stats: Stats
    /// The highest value each milestone has reached.
    var marks: Marks
    /// Whether the ledger has held the row before; one made for a first observation becomes held by it.
    var isHeld: Bool
    /// Created at or after the ledger's birth, so it counts from zero; an older one counts only what it gains after it
    /// was first observed.
    let countsFromZero: Bool
    /// Has been seen completed; stays so.
    var wasCompleted: Bool
    /// Has been seen canceled; stays so.
    var wasCanceled: Bool
}
