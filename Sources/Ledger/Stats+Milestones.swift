package import Operations

extension Stats {
    /// The value a milestone has reached by these stats alone, or nil where none of its parts was reported.
    ///
    /// A part that was not reported adds nothing, so the value is then a lower bound.
    package func value(of milestone: Milestone, reading: StatsReading) -> Int64? {
        guard milestone.parts(reading).contains(where: { self[$0] != nil }) else { return nil }
        let at = { (stat: Stat) in self[stat] ?? 0 }
        switch (milestone, reading) {
        case (.sent, .exclusive): return at(.sent) + at(.delivered) + at(.read) + at(.undelivered)
        case (.sent, .cumulative): return max(at(.sent), at(.delivered) + at(.undelivered))
        case (.delivered, .exclusive): return at(.delivered) + at(.read)
        case (.delivered, .cumulative): return max(at(.delivered), at(.read))
        default: return at(milestone.stat)
        }
    }

    /// The reading these stats prove by disproving the other one, or nil where they disprove neither or both.
    ///
    /// Exclusive states cannot add up to more than `total`; a cumulative `sent` is never below what came of it. Members
    /// that were not reported disprove nothing.
    package var provenReading: StatsReading? {
        switch (disprovesExclusive, disprovesCumulative) {
        case (true, false): .cumulative
        case (false, true): .exclusive
        default: nil
        }
    }

    private var disprovesExclusive: Bool {
        guard let total = self[.total] else { return false }
        let states: [Stat] = [.scheduled, .queued, .sent, .delivered, .read, .undelivered, .failed, .canceled]
        return states.reduce(0) { $0 + (self[$1] ?? 0) } > total
    }

    private var disprovesCumulative: Bool {
        let delivered = self[.delivered] ?? 0
        if let sent = self[.sent], sent < delivered + (self[.undelivered] ?? 0) { return true }
        return self[.delivered] != nil && delivered < (self[.read] ?? 0)
    }
}
