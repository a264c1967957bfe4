/// The pace at which operations past retention are asked for: one a minute, what was not asked in time included, and never
/// more than 60 in an hour. A pure value.
struct OverduePace {
    private static let pause = Duration.seconds(60)
    private static let mostInAnHour = 60

    /// The time up to which the minutes have been used.
    private var used: ContinuousClock.Instant
    /// The requests of the last hour.
    private var asked: [ContinuousClock.Instant] = []

    init(at now: ContinuousClock.Instant) {
        used = now
    }

    /// The number of operations that may be asked for.
    mutating func take(at now: ContinuousClock.Instant) -> Int {
        asked.removeAll { now - $0 >= Self.pause * Self.mostInAnHour }
        used = max(used, now - Self.pause * Self.mostInAnHour)
        return min(Int((now - used) / Self.pause), Self.mostInAnHour - asked.count)
    }

    /// Notes a request.
    mutating func spend(at now: ContinuousClock.Instant) {
        used += Self.pause
        asked.append(now)
    }

    /// Notes that all have been asked for, so that none is asked for again at once.
    mutating func restart(at now: ContinuousClock.Instant) {
        used = now
    }
}
