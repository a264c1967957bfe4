package import Operations

/// Everything of a ledger but its operations: a value that is read while the next one is being made.
package struct LedgerState: Equatable, Sendable {
    /// The API's time of the first successful response; nil before it. Operations created earlier are baseline.
    package internal(set) var birth: Timestamp?
    package internal(set) var totals = Totals()
    package internal(set) var durations = DurationHistogram()
    package internal(set) var window = Window()
    /// Whether a `week` sweep has been completed since birth; before it the window shows half a picture.
    package internal(set) var windowIsComplete = false
    /// The reading of looks that have no verdict, as the verdicts of the operations held decide.
    package internal(set) var reading = StatsReading.cumulative
    package internal(set) var coverage = Coverage()
    /// Operations created at or before this moment have left retention. Never goes back, so that nothing that was
    /// forgotten is counted again.
    package internal(set) var retentionEdge: Timestamp?
    /// Creation time of the oldest operation inside retention that is scheduled, and of the oldest that is processing.
    package internal(set) var oldestUnfinished: [OperationStatus: Timestamp] = [:]
    /// Size of the database, without its write-ahead log.
    package internal(set) var sizeInBytes: Int64 = 0

    /// The state of a ledger that has seen nothing yet.
    package init() {}

    /// Whether an operation created then is inside retention.
    func retains(_ createdAt: Timestamp) -> Bool {
        retentionEdge.map { createdAt > $0 } ?? true
    }
}
