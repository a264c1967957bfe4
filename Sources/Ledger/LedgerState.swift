package import Operations

/// A step on the way to a birth that no wrong clock has moved. The ledger stores a case by its number, and its checksum runs
/// over it: another case or number is another version of its schema.
package enum BirthCertainty: UInt8, Sendable {
    /// The newest operations have not been listed yet.
    case open
    /// The clocks cannot have been right at birth: all that is listed is history, whatever its creation time.
    case doubted
    /// The newest operations have been listed, and what is created later is news.
    case settled
}

/// Everything of a ledger but its operations: a value that is read while the next one is being made.
package struct LedgerState: Equatable, Sendable {
    /// The time of the first successful response, or just after the newest operation of its history; nil before it.
    /// Operations created earlier are baseline.
    package internal(set) var birth: Timestamp?
    package internal(set) var birthCertainty = BirthCertainty.open
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
    /// Creation time of the oldest operation in the window that is scheduled, and of the oldest that is processing.
    package internal(set) var oldestUnfinished: [OperationStatus: Timestamp] = [:]
    /// Size of the database, without its write-ahead log.
    package internal(set) var sizeInBytes: Int64 = 0

    /// The state of a ledger that has seen nothing yet.
    package init() {}

    /// True if an operation created then is inside retention.
    func retains(_ createdAt: Timestamp) -> Bool {
        retentionEdge.map { createdAt > $0 } ?? true
    }

    /// True if the gauges show an operation: one inside retention, or one past it that is unfinished, unless it has expired.
    func shows(_ row: LedgerRow) -> Bool {
        !row.hasExpired && (row.status.isUnfinished || retains(row.createdAt))
    }
}
