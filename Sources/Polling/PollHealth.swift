package import CommsAPI
package import Exposition
package import Operations

/// How the polling of one account goes, since this process began.
package struct PollHealth: Equatable, Sendable {
    /// When the counters here were 0, by this machine's clock; nil where nobody polls yet.
    package let began: Timestamp?
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
    /// The API's clock minus this machine's.
    package internal(set) var clockSkew = Duration.zero

    package init(began: Timestamp? = nil) {
        self.began = began
    }
}
