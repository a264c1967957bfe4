internal import Ledger
package import Operations

/// How often what is listed: the sweeps' cadences, windows and slices.
package struct PollPlan: Equatable, Sendable {
    /// From one poll to the next.
    package var interval: Duration

    package init(interval: Duration = .seconds(30)) {
        self.interval = interval
    }

    /// The least time from one start of a sweep to its next; zero is every poll.
    package func cadence(of sweep: Sweep) -> Duration {
        switch sweep {
        case .recent, .active: .zero
        case .pending, .day: .seconds(300)
        case .week: .seconds(1800)
        }
    }

    /// The slices of a sweep that starts when the API's clock shows `now`, the newest first, since that is where most
    /// is happening.
    package func slices(of sweep: Sweep, at now: Timestamp) -> [Slice] {
        let count = slicing(of: sweep).count
        let length = slicing(of: sweep).length
        return (0..<count).map { index in
            Slice(start: now - length * (index + 1), end: index == 0 ? nil : now - length * index)
        }
    }

    /// Long sweeps are cut, so that one failing page costs a slice and not the sweep.
    private func slicing(of sweep: Sweep) -> (count: Int, length: Duration) {
        switch sweep {
        case .recent: (1, .seconds(3600))
        case .day: (4, .seconds(6 * 3600))
        case .week: (7, Ledger.retention / 7)
        case .active, .pending: (1, Ledger.retention)
        }
    }
}
