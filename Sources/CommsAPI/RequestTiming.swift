/// How a client tells the time, waits and spreads its retries: the system's way, or a test's.
package struct RequestTiming: Sendable {
    package var now: @Sendable () -> ContinuousClock.Instant
    /// Throws only when the task is canceled.
    package var sleep: @Sendable (Duration) async throws -> Void
    /// Any duration from zero to the given one.
    package var jitter: @Sendable (Duration) -> Duration

    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        jitter: @escaping @Sendable (Duration) -> Duration
    ) {
        self.now = now
        self.sleep = sleep
        self.jitter = jitter
    }

    package static let system = RequestTiming(
        now: { .now }, sleep: { try await Task.sleep(for: $0) }, jitter: { $0 * Double.random(in: 0...1) })
}
