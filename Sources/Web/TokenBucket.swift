/// A token each `interval`, and at most `burst` of them kept; full at first.
struct TokenBucket {
    private let interval: Duration
    private let burst: Int
    /// When the bucket will be full again; the past where it is.
    private var full: ContinuousClock.Instant?

    init(interval: Duration, burst: Int) {
        self.interval = interval
        self.burst = burst
    }

    /// Takes a token and returns nil, or returns after which time there will be one.
    mutating func take(at now: ContinuousClock.Instant) -> Duration? {
        let full = max(full ?? now, now)
        let wait = now.duration(to: full) - interval * (burst - 1)
        guard wait <= .zero else { return wait }
        self.full = full + interval
        return nil
    }
}
