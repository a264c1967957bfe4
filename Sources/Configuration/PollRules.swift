package import Polling

/// How the API is asked on behalf of one account: what, how often, and how fast.
package struct PollRules: Equatable, Sendable {
    package internal(set) var plan = PollPlan()
    /// Operations on a page of a list, from 1 to 1000.
    package internal(set) var pageSize = 1000
    /// For all resources of the account together.
    package internal(set) var requestsPerSecond = 5.0

    /// The defaults, but for an interval that is given.
    init(interval: Duration? = nil) {
        if let interval { plan.interval = interval }
    }
}
