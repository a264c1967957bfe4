internal import Operations

/// What the ledger remembers of one operation.
struct LedgerRow: Equatable {
    let id: String
    /// The latest that was reported: a schedule may move it.
    var createdAt: Timestamp
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
    /// Unfinished, and given up: the gauges show it no more, until the API does again.
    var hasExpired = false
    /// Has been counted as expired; stays so.
    var wasExpired = false
    /// The time it left the gauges because it had finished, if it was past retention then.
    var leftAt: Timestamp?
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
    /// True if the marks hold what an operation older than the ledger had before it was first observed.
    var hasBaseline: Bool
    /// Of such an operation, the milestones with a member that has never been readable. The first value that can be read is
    /// taken for its past, and counts nothing.
    var unread = MilestoneSet()
    /// Subtracted from the exclusive values of such an operation.
    var excess = Excess()
}

/// The difference between the exclusive values of an older operation's first stats and its first marks, where the numbers
/// did not decide the reading.
struct Excess: Equatable {
    var sent: Int64 = 0
    var delivered: Int64 = 0
}

/// Some of the milestones, as bits in their order.
struct MilestoneSet: Equatable {
    var bits: Int64 = 0

    var isEmpty: Bool { bits == 0 }
    func contains(_ milestone: Milestone) -> Bool { bits & (1 << milestone.rawValue) != 0 }
    mutating func insert(_ milestone: Milestone) { bits |= 1 << milestone.rawValue }
    mutating func remove(_ milestone: Milestone) { bits &= ~(1 << milestone.rawValue) }
}
