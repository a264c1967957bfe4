package import CommsAPI
package import Exposition
internal import Ledger
package import Operations

/// How the polling of one account goes, since this process began.
package struct PollHealth: Equatable, Sendable {
    /// When the counters here were 0, by this machine's clock; nil where nobody polls yet.
    package let began: Timestamp?
    /// The ledger's birth as the start of its counters; nil before, and where this machine's clock was behind it when it was
    /// first seen. Samples would lie before such a start, and Prometheus, which puts a 0 there as soon as its clock has
    /// reached it, would count all of them twice: https://prometheus.io/docs/prometheus/latest/feature_flags/
    package internal(set) var ledgerBegan: Timestamp?
    package internal(set) var lastPollSucceeded = false
    /// Whether a first poll has ended, well or badly.
    package internal(set) var hasPolled = false
    package internal(set) var polls: Int64 = 0
    /// One per failed poll, by its first failure.
    package internal(set) var failures: [PollFailure: Int64] = [:]
    package internal(set) var pollSeconds = Histogram(bounds: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600])
    /// By this machine's clock, so that it can be compared with Prometheus' `time()`.
    package internal(set) var lastSuccess: Timestamp?
    package internal(set) var sweepSuccesses: [Sweep: Timestamp] = [:]
    package internal(set) var invalidOperations: [InvalidReason: Int64] = [:]
    package internal(set) var requests = RequestTally()
    /// What went wrong in the last poll, or has in the one under way; one line each, without secrets.
    package internal(set) var faults: [String] = []
    /// Since when polls have been failing, by this machine's clock; nil while they succeed.
    package internal(set) var failingSince: Timestamp?
    /// The last polls, the newest last.
    package internal(set) var recentPolls: [PollRecord] = []
    /// When the next poll starts, by this machine's clock; nil while one is under way.
    package internal(set) var nextPoll: Timestamp?
    package internal(set) var sweeps: [Sweep: SweepStanding] = [:]
    /// The forms of list requests that the API takes, as far as they have been learnt.
    package internal(set) var forms = RequestForms()
    /// The API's clock minus this machine's.
    package internal(set) var clockSkew = Duration.zero

    package init(began: Timestamp? = nil) {
        self.began = began
    }

    /// How many polls `recentPolls` goes back.
    static let recentPollLimit = 120

    /// Counts a poll that has ended; `before` and `after` are the ledger's totals at the end of the poll before and now.
    mutating func note(
        _ attempt: PollAttempt, took: Duration, endedAt: Timestamp, from before: Totals, to after: Totals
    ) {
        polls += 1
        hasPolled = true
        pollSeconds.observe(took.inSeconds)
        faults = attempt.faults.map(\.message)
        recentPolls.append(PollRecord(endedAt: endedAt, failure: attempt.failure, from: before, to: after))
        recentPolls.removeFirst(max(0, recentPolls.count - Self.recentPollLimit))
        guard let failure = attempt.failure else {
            lastPollSucceeded = true
            lastSuccess = endedAt
            failingSince = nil
            return
        }
        failures[failure, default: 0] += 1
        noteFailing(at: endedAt)
    }

    /// A poll has failed, or is about to.
    mutating func noteFailing(at now: Timestamp) {
        lastPollSucceeded = false
        failingSince = failingSince ?? now
    }
}
