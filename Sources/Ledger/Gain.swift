internal import Operations

/// What one observation adds to the totals.
struct Gain {
    var milestones: [(milestone: Milestone, amount: Int64)] = []
    /// Milestones that the API took back; not applied.
    var regressions: [Milestone] = []
    /// Set when the operation was seen completed for the first time.
    var completed: Completion?
    var wasCanceled = false
    /// Set when the operation had impossible numbers for the first time.
    var isContradiction = false
}

/// The end of an operation that completed.
struct Completion {
    /// From creation to the last update; nil where the API gave no `updatedAt` that could be.
    var duration: Duration?
}
