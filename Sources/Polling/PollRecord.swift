internal import Ledger
package import Operations

/// One poll that has ended, as the status page shows the last ones.
package struct PollRecord: Equatable, Sendable {
    /// By this machine's clock.
    package let endedAt: Timestamp
    /// Nil where the poll succeeded.
    package let failure: PollFailure?
    /// Messages that were counted as sent since the poll before; those that failed before they were sent are not in it.
    package let sent: Int64
    /// Messages that were counted as failed since the poll before.
    package let failed: Int64

    package init(endedAt: Timestamp, failure: PollFailure?, sent: Int64, failed: Int64) {
        self.endedAt = endedAt
        self.failure = failure
        self.sent = sent
        self.failed = failed
    }

    /// Messages that were sent or failed.
    package var processed: Int64 { sent.addingClamped(failed) }

    /// Failed messages among those that were processed, as the alerts have it; nil where there were none.
    package var failureRatio: Double? {
        processed > 0 ? Double(failed) / Double(processed) : nil
    }
}

extension PollRecord {
    /// What the ledger's totals have gained from `before` to `after`; nothing where it has been set aside in between.
    init(endedAt: Timestamp, failure: PollFailure?, from before: Totals, to after: Totals) {
        func gain(_ milestone: Milestone) -> Int64 { max(0, after[.gained(milestone)] - before[.gained(milestone)]) }
        self.init(endedAt: endedAt, failure: failure, sent: gain(.sent), failed: gain(.failed))
    }
}
