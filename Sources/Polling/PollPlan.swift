internal import Ledger
package import Operations

/// How often what is listed: the sweeps' cadences, windows and slices.
package struct PollPlan: Equatable, Sendable {
    /// From one poll to the next.
    package var interval: Duration
    /// How many slices of one sweep are listed at a time.
    package var concurrency = 1
    /// How far back the sweeps look that do not list the whole retention.
    package var recentWindow = Duration.seconds(3600)
    package var dayWindow = Duration.seconds(86_400)
    private var cadences: [Sweep: Duration] = [
        .recent: .zero, .active: .zero, .pending: .seconds(300), .day: .seconds(300), .week: .seconds(1800),
    ]

    package init(interval: Duration = .seconds(30)) {
        self.interval = interval
    }

    /// The least time from one start of a sweep to its next; zero is every poll.
    package subscript(cadenceOf sweep: Sweep) -> Duration {
        get { cadences[sweep] ?? .zero }
        set { cadences[sweep] = newValue }
    }

    /// How far back a sweep looks.
    package func window(of sweep: Sweep) -> Duration {
        switch sweep {
        case .recent: recentWindow
        case .day: dayWindow
        case .week, .active, .pending: Operation.retention
        }
    }

    /// The slices of a sweep that starts when the API's clock shows `now`, the newest first, since that is where most
    /// is happening.
    package func slices(of sweep: Sweep, at now: Timestamp) -> [Slice] {
        let count = sliceCount(of: sweep)
        let length = window(of: sweep) / count
        return (0..<count).map { index in
            Slice(start: now - length * (index + 1), end: index == 0 ? nil : now - length * index)
        }
    }

    /// Long sweeps are cut, so that one failing page costs a slice and not the sweep.
    private func sliceCount(of sweep: Sweep) -> Int {
        switch sweep {
        case .day: 4
        case .week: 7
        case .recent, .active, .pending: 1
        }
    }
}
