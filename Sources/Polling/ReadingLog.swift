internal import Operations

/// Decides which news of an account's stats are logged: each turn of the reading, and one contradiction in ten minutes.
struct ReadingLog {
    private static let pause = Duration.seconds(600)

    private var reading: StatsReading
    private var contradiction: String?
    private var nextContradiction: ContinuousClock.Instant?

    /// `reading` is the one that is in force already.
    init(reading: StatsReading) {
        self.reading = reading
    }

    /// The reading is another one for a reason that needs no log line.
    mutating func begin(with new: StatsReading) {
        reading = new
    }

    /// True where another reading is in force than when this was last asked.
    mutating func hasTurned(to new: StatsReading) -> Bool {
        defer { reading = new }
        return new != reading
    }

    /// The id of an operation to name, where the last one that contradicts is another than before; nil within ten minutes of
    /// the last.
    mutating func news(of last: String?, at now: ContinuousClock.Instant) -> String? {
        guard let last, last != contradiction, nextContradiction.map({ now >= $0 }) ?? true else { return nil }
        contradiction = last
        nextContradiction = now + Self.pause
        return last
    }
}
