package import Operations

/// When to poll and what each poll lists. A pure value: time comes in as an argument.
///
/// A sweep is due when its cadence has passed since it last began, and stays due, with the slices that failed, until
/// every slice has been listed. The first poll of a process is one `week`, which stands in for all the others.
package struct Schedule: Sendable {
    /// A sweep under way: the poll it began in, and what is left of it.
    private struct Progress {
        let begun: ContinuousClock.Instant
        /// Those not tried yet come first.
        var remaining: [Slice]
        var failed = 0
        var listing = SweepListing()

        var hasUntried: Bool { failed < remaining.count }
    }

    /// The longest wait after the API refused the credentials.
    static let longestAuthBackoff = Duration.seconds(600)
    /// The longest wait after a poll that was throttled, if the interval is no longer.
    static let longestThrottledWait = Duration.seconds(300)

    private let plan: PollPlan
    private var progress: [Sweep: Progress] = [:]
    private var firstPoll: ContinuousClock.Instant?
    private var refusals = 0
    private var throttledPolls = 0

    package init(plan: PollPlan) {
        self.plan = plan
    }

    /// The sweeps to run in a poll that belongs to the tick `now`, in order: short ones first, so that a long one delays
    /// nobody.
    package func due(at now: ContinuousClock.Instant) -> [Sweep] {
        guard progress[.week] != nil else { return [.week] }
        // A week still under way from long ago covers nothing.
        let everything = beginsAnew(.week, now)
        return Sweep.allCases.filter { sweep in
            let covered = everything && (sweep == .day || sweep == .pending)
            return !covered && (isFresh(sweep, now) || !(progress[sweep]?.remaining.isEmpty ?? true))
        }
    }

    /// The slices to list for a sweep that is due: all of it, or what is left of it.
    package mutating func begin(_ sweep: Sweep, at now: ContinuousClock.Instant, apiTime: Timestamp) -> [Slice] {
        if beginsAnew(sweep, now) {
            progress[sweep] = Progress(begun: now, remaining: plan.slices(of: sweep, at: apiTime))
        }
        return progress[sweep]?.remaining ?? []
    }

    /// The tick of the poll a sweep last began in.
    package func begun(_ sweep: Sweep) -> ContinuousClock.Instant? { progress[sweep]?.begun }

    /// How far a sweep is at `now`, when this machine's clock shows `wall`.
    package func standing(of sweep: Sweep, at now: ContinuousClock.Instant, wall: Timestamp) -> SweepStanding {
        SweepStanding(
            slicesLeft: progress[sweep]?.remaining.count ?? 0,
            due: progress[sweep].map { wall + ($0.begun + plan[cadenceOf: sweep] - now) })
    }

    /// The creation times that a sweep has listed since it last began.
    package subscript(listingOf sweep: Sweep) -> SweepListing {
        get { progress[sweep]?.listing ?? SweepListing() }
        set { progress[sweep]?.listing = newValue }
    }

    /// True if nothing but this slice is left of a sweep.
    package func isLast(_ slice: Slice, of sweep: Sweep) -> Bool { progress[sweep]?.remaining == [slice] }

    /// Notes a slice as listed.
    package mutating func complete(_ slice: Slice, of sweep: Sweep) {
        guard remove(slice, of: sweep), let done = progress[sweep], done.remaining.isEmpty, sweep == .week else {
            return
        }
        // A whole week has listed what these would.
        for other in [Sweep.day, .pending] where progress[other].map({ $0.begun <= done.begun }) ?? true {
            progress[other] = Progress(begun: done.begun, remaining: [])
        }
    }

    /// Notes that a slice failed: it is tried again at the next poll, after those that have not been tried.
    package mutating func fail(_ slice: Slice, of sweep: Sweep) {
        guard remove(slice, of: sweep) else { return }
        progress[sweep]?.remaining.append(slice)
        progress[sweep]?.failed += 1
    }

    /// Forgets what has been listed, as for a ledger that has just been begun; ticks and backoff stay.
    package mutating func startOver() {
        progress = [:]
    }

    /// When the next poll starts, after one that belonged to the tick `start` and ended then: at the next tick of the
    /// interval, or later while the API refuses the credentials or has too many requests.
    package mutating func next(
        after start: ContinuousClock.Instant, end: ContinuousClock.Instant, wasRefused: Bool, wasThrottled: Bool = false
    ) -> ContinuousClock.Instant {
        let first = firstPoll ?? start
        firstPoll = first
        refusals = wasRefused ? refusals + 1 : 0
        throttledPolls = wasThrottled && !wasRefused ? throttledPolls + 1 : 0
        if refusals > 0 { return end + wait(doublings: refusals - 1, atMost: Self.longestAuthBackoff) }
        // A quota may count refused requests too: an interval as short as before would never find it full again.
        if throttledPolls > 0 { return end + wait(doublings: throttledPolls, atMost: Self.longestThrottledWait) }
        let ticks = Int64((end - first) / plan.interval)
        return first + plan.interval * (ticks + 1)
    }

    /// Lets the next refusal be the first again.
    package mutating func endBackoff() {
        refusals = 0
    }

    private func wait(doublings: Int, atMost longest: Duration) -> Duration {
        max(plan.interval, min(plan.interval * Double(1 << min(doublings, 10)), longest))
    }

    private func isFresh(_ sweep: Sweep, _ now: ContinuousClock.Instant) -> Bool {
        guard let begun = progress[sweep]?.begun else { return true }
        return now >= begun + plan[cadenceOf: sweep]
    }

    /// Whether a sweep that runs now begins with all its slices. One too long for its cadence goes on instead: begun anew
    /// each time, it would never reach its last slices.
    private func beginsAnew(_ sweep: Sweep, _ now: ContinuousClock.Instant) -> Bool {
        isFresh(sweep, now) && !(progress[sweep]?.hasUntried ?? false)
    }

    private mutating func remove(_ slice: Slice, of sweep: Sweep) -> Bool {
        guard let state = progress[sweep], let index = state.remaining.firstIndex(of: slice) else { return false }
        if index >= state.remaining.count - state.failed { progress[sweep]?.failed -= 1 }
        progress[sweep]?.remaining.remove(at: index)
        return true
    }
}
