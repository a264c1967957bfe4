internal import Operations

/// What the ledger remembers of one operation.
struct LedgerRow: Equatable {
    let id: String
    let createdAt: Timestamp
    var updatedAt: Timestamp?
    var status: OperationStatus
    /// The stats of the newest report that had any. A member that could not be read has its last value.
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
    /// The last verdict that a look at it had; nil before the first.
    var verdict: StatsReading?
    /// Has had numbers that are impossible in both readings, or in the forced one; stays so.
    var hasContradicted = false
    /// Its exclusive values do not add up, and count once a later poll shows the same numbers.
    var waits = false
    /// The milestones that have fallen and not recovered since.
    var fallen = MilestoneSet()
    /// The time of the first of the reports that have been older than this row's; nil where the last one was not.
    var olderSince: Timestamp?
    /// Whether the marks of an operation older than the ledger hold what it had before it was first observed.
    var hasBaseline: Bool
    /// By how much the exclusive reading of such an operation's first stats is more than the cumulative one, where their
    /// verdict was open. Exclusive values count less that.
    var excess = Excess()
}

/// By how much the exclusive reading is more than the cumulative one.
struct Excess: Equatable {
    var sent: Int64 = 0
    var delivered: Int64 = 0

    subscript(milestone: Milestone) -> Int64 {
        switch milestone {
        case .sent: sent
        case .delivered: delivered
        default: 0
        }
    }
}

/// Some of the milestones, as bits in their order.
struct MilestoneSet: Equatable {
    var bits: Int64 = 0

    func contains(_ milestone: Milestone) -> Bool { bits & (1 << milestone.rawValue) != 0 }
    mutating func insert(_ milestone: Milestone) { bits |= 1 << milestone.rawValue }
    mutating func remove(_ milestone: Milestone) { bits &= ~(1 << milestone.rawValue) }
}
