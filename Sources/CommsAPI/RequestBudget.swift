/// A token bucket: how soon the next request may be sent. A value, its time given by the caller.
///
/// Kept as the moment at which the bucket would be full again, which each request moves on by its share of a second
/// (the generic cell rate algorithm: https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm).
package struct RequestBudget: Sendable {
    private let interval: Duration
    /// How far ahead of now `fullAt` may be without a wait.
    private let tolerance: Duration
    private var fullAt: ContinuousClock.Instant?

    /// `burst` requests, at least 1, may go at once after a pause. A rate that is not above zero is none: no limit.
    package init(requestsPerSecond: Double = 5, burst: Int = 5) {
        interval = requestsPerSecond > 0 ? .seconds(1 / max(requestsPerSecond, 1e-6)) : .zero
        tolerance = interval * (max(burst, 1) - 1)
    }

    /// Takes one request out, and returns how long it has to wait.
    package mutating func take(at now: ContinuousClock.Instant) -> Duration {
        let base = max(fullAt ?? now, now)
        fullAt = base + interval
        return max(.zero, (base - now) - tolerance)
    }
}
