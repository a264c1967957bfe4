package import Operations

extension Stats {
    /// The value a milestone has by these stats in a reading, before it is bounded. A member that is missing is 0; nil for
    /// messages and attempts where their member is missing.
    package func value(of milestone: Milestone, reading: StatsReading) -> Int64? {
        switch milestone {
        case .messages, .attempts: self[milestone.stat]
        case .sent: reading == .exclusive ? sum(Milestone.sentParts) : largest(Milestone.sentParts)
        case .delivered: reading == .exclusive ? sum(Milestone.deliveredParts) : largest(Milestone.deliveredParts)
        default: self[milestone.stat] ?? 0
        }
    }

    /// The most messages that can have been sent: what `total` leaves beside those that wait or came to nothing, and what
    /// there were attempts for; nil where neither says. Attempts below a state that needs one say nothing.
    package var cap: Int64? {
        var cap = Int64.max
        if let total = self[.total], total > 0 { cap = max(0, total - others) }
        if let attempts = self[.attempts], attempts >= largest(Milestone.sentParts) { cap = min(cap, attempts) }
        return cap == .max ? nil : cap
    }

    /// The messages that wait, failed or were canceled.
    var others: Int64 { sum(Self.otherParts) }

    private func sum(_ parts: [Stat]) -> Int64 {
        var sum: Int64 = 0
        for part in parts { sum = sum.addingClamped(self[part] ?? 0) }
        return sum
    }

    private func largest(_ parts: [Stat]) -> Int64 {
        var largest: Int64 = 0
        for part in parts { largest = max(largest, self[part] ?? 0) }
        return largest
    }

    /// The members that the sum of all messages is made of.
    static let summed: [Stat] = otherParts + Milestone.sentParts + [.total, .unaddressable]
    private static let otherParts: [Stat] = [.scheduled, .queued, .failed, .canceled]
}
