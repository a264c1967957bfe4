internal import CommsAPI
package import Operations

/// When to poll and what each poll lists. A pure value: time comes in as an argument.
///
/// A sweep is due when its cadence has passed since it last began, and stays due, with the slices that failed, until
/// every slice has been listed. The first poll of a process is one `week`, which stands in for all the others.
package struct Schedule: Sendable {
    /// A sweep under way: when it began, and what is left of it.
    private struct Progress {
        var begun: ContinuousClock.Instant
        var remaining: [Slice]
    }

    /// The longest wait after the API refused the credentials.
    static let longestAuthBackoff = Duration.seconds(600)

    private let plan: PollPlan
    private var progress: [Sweep: Progress] = [:]
    private var firstPoll: ContinuousClock.Instant?
    private var authFailures = 0

    package init(plan: PollPlan) {
        self.plan = plan
    }

    /// The sweeps to run in a poll that starts now, in order: short ones first, so that a long one delays nobody.
    package func due(at now: ContinuousClock.Instant) -> [Sweep] {
        guard progress[.week] != nil else { return [.week] }
        let everything = isFresh(.week, now)
        return Sweep.allCases.filter { sweep in
            let covered = everything && (sweep == .day || sweep == .pending)
            return !covered && (isFresh(sweep, now) || !(progress[sweep]?.remaining.isEmpty ?? true))
        }
    }

    /// The slices to list for a sweep that is due: all of it, or what failed the last time.
    package mutating func begin(_ sweep: Sweep, at now: ContinuousClock.Instant, apiTime: Timestamp) -> [Slice] {
        if isFresh(sweep, now) {
            progress[sweep] = Progress(begun: now, remaining: plan.slices(of: sweep, at: apiTime))
        }
        return progress[sweep]?.remaining ?? []
    }

    /// Notes a slice as listed; true when it was the last of its sweep.
    package mutating func complete(_ slice: Slice, of sweep: Sweep) -> Bool {
        guard var now = progress[sweep] else { return false }
        now.remaining.removeAll { $0 == slice }
        progress[sweep] = now
        guard now.remaining.isEmpty else { return false }
        // A whole week has listed what these would.
        if sweep == .week { for other in [Sweep.day, .pending] { standIn(for: other, since: now.begun) } }
        return true
    }

    /// Notes that a slice failed: it is tried again at the next poll, after those that have not been tried.
    package mutating func fail(_ slice: Slice, of sweep: Sweep) {
        guard let index = progress[sweep]?.remaining.firstIndex(of: slice) else { return }
        progress[sweep]?.remaining.remove(at: index)
        progress[sweep]?.remaining.append(slice)
    }

    /// When the next poll starts, after one that started and ended then: at the next tick of the interval, or later
    /// while the API refuses the credentials.
    package mutating func next(
        after start: ContinuousClock.Instant, end: ContinuousClock.Instant, failure: PollFailure?
    ) -> ContinuousClock.Instant {
        let first = firstPoll ?? start
        firstPoll = first
        guard failure == .api(.auth) else {
            authFailures = 0
            let ticks = Int64((end - first) / plan.interval)
            return first + plan.interval * Double(ticks + 1)
        }
        authFailures += 1
        let doublings = Double(1 << min(authFailures - 1, 10))
        return end + max(plan.interval, min(plan.interval * doublings, Self.longestAuthBackoff))
    }

    private func isFresh(_ sweep: Sweep, _ now: ContinuousClock.Instant) -> Bool {
        guard let begun = progress[sweep]?.begun else { return true }
        return now >= begun + plan.cadence(of: sweep)
    }

    private mutating func standIn(for sweep: Sweep, since begun: ContinuousClock.Instant) {
        guard progress[sweep].map({ $0.begun <= begun }) ?? true else { return }
        progress[sweep] = Progress(begun: begun, remaining: [])
    }
}
