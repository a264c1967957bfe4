internal import Locking

/// When requests may be sent: the budget, and the pause the API asked for. Twilio limits accounts, so one is shared by all
/// clients of an account, whatever they list. Safe from any thread.
package final class RequestPace: Sendable {
    private struct State {
        var budget: RequestBudget
        var pausedUntil: ContinuousClock.Instant?
    }

    private let state: Locked<State>

    package init(_ budget: RequestBudget = RequestBudget()) {
        state = Locked(State(budget: budget))
    }

    /// Puts another budget in place, from the next request on; a pause stays.
    package func change(to budget: RequestBudget) {
        state.withLock { $0.budget = budget }
    }

    /// Takes a request out of the budget, and returns how long it has to wait.
    func take(at now: ContinuousClock.Instant) -> Duration {
        state.withLock { $0.budget.take(at: now) }
    }

    /// Leaves the API alone until then, or as long as was said before.
    func pause(until end: ContinuousClock.Instant) {
        state.withLock { $0.pausedUntil = max($0.pausedUntil ?? end, end) }
    }

    /// How long the API is still to be left alone.
    func remainingPause(at now: ContinuousClock.Instant) -> Duration {
        state.withLock { state in state.pausedUntil.map { max(.zero, $0 - now) } ?? .zero }
    }
}
