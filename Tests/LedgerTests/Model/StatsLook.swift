import Operations

@testable import Ledger

/// One look at the stats of an operation, by the contract in other words than the ledger's.
struct StatsLook {
    let stats: [Stat: Int64]
    let isReadable: Bool
    /// True if nothing that is summed was kept from an earlier look, or it was 0.
    let isWhole: Bool

    init(_ stats: [Stat: Int64]) {
        self.stats = stats
        isReadable = true
        isWhole = true
    }

    /// Members that cannot be read have their last values.
    init(_ report: Stats, after last: [Stat: Int64]) {
        var stats: [Stat: Int64] = [:]
        for stat in Stat.allCases { stats[stat] = report.isUnreadable(stat) ? last[stat] : report[stat] }
        self.stats = stats
        isReadable = !report.hasUnreadable
        isWhole = ![.recipients, .attempts].reduce(into: Set(Stat.allCases)) { $0.remove($1) }
            .contains { report.isUnreadable($0) && stats[$0] ?? 0 > 0 }
    }

    private func sum(_ members: Stat...) -> Int64 { members.reduce(0) { $0 + (stats[$1] ?? 0) } }
    private func most(_ members: Stat...) -> Int64 { members.map { stats[$0] ?? 0 }.max() ?? 0 }

    private var waiting: Int64 { sum(.scheduled, .queued, .failed, .canceled) }

    private var cap: Int64 {
        var caps = [Int64.max]
        if let total = stats[.total], total > 0 { caps.append(max(0, total - waiting)) }
        if let attempts = stats[.attempts], attempts >= most(.sent, .delivered, .read, .undelivered) {
            caps.append(attempts)
        }
        return caps.min() ?? .max
    }

    /// The values of the milestones in a reading, without bounds.
    func values(_ reading: StatsReading) -> [Milestone: Int64] {
        var values: [Milestone: Int64] = [:]
        for milestone in Milestone.allCases { values[milestone] = stats[milestone.stat] ?? 0 }
        values[.messages] = stats[.total]
        values[.attempts] = stats[.attempts]
        switch reading {
        case .exclusive:
            values[.sent] = sum(.sent, .delivered, .read, .undelivered)
            values[.delivered] = sum(.delivered, .read)
        case .cumulative:
            values[.sent] = most(.sent, .delivered, .read, .undelivered)
            values[.delivered] = most(.delivered, .read)
        }
        return values
    }

    /// The same, with nothing sent or delivered above the cap, nor above the messages that were reported before, if any.
    func bounded(_ reading: StatsReading, messages: Int64) -> [Milestone: Int64] {
        let isUntold = [nil, 0].contains(stats[.total])
        let before = isUntold && messages > 0 ? max(0, messages - waiting) : .max
        let most = min(cap, before)
        return values(reading).merging([.sent: most, .delivered: most]) { min($0, $1) }
    }

    private var isOpen: Bool {
        values(.exclusive)[.sent] == values(.cumulative)[.sent]
            && values(.exclusive)[.delivered] == values(.cumulative)[.delivered]
    }

    private func isPossible(_ reading: StatsReading) -> Bool {
        switch reading {
        case .exclusive: sum(.sent, .delivered, .read, .undelivered) <= cap
        case .cumulative: sum(.sent) >= most(.delivered, .read, .undelivered) && sum(.sent) <= cap
        }
    }

    private func isExact(_ reading: StatsReading) -> Bool {
        guard let total = stats[.total] else { return false }
        return [total, total - sum(.unaddressable)].contains(waiting + (values(reading)[.sent] ?? 0))
    }

    var verdict: StatsReading? {
        guard isReadable, !isOpen else { return nil }
        let possible = StatsReading.allCases.filter(isPossible)
        if possible.count == 1 { return possible[0] }
        let exact = possible.filter(isExact)
        return exact.count == 1 ? exact[0] : nil
    }

    func contradicts(_ forced: StatsReading?) -> Bool {
        guard isReadable, !isOpen else { return false }
        return StatsReading.allCases.filter(isPossible).isEmpty
            || forced.map { verdict != nil && verdict != $0 && !isPossible($0) } ?? false
    }

    /// True where all messages are accounted for in the exclusive reading.
    var addsUp: Bool {
        guard let total = stats[.total] else { return true }
        return waiting + sum(.sent, .delivered, .read, .undelivered) == total - sum(.unaddressable)
    }

    /// True where no member of a milestone is missing here that was there before.
    func tells(_ milestone: Milestone, as before: [Stat: Int64]) -> Bool {
        let members: [Stat] =
            switch milestone {
            case .sent: [.sent, .delivered, .read, .undelivered]
            case .delivered: [.delivered, .read]
            default: [milestone.stat]
            }
        return members.allSatisfy { stats[$0] != nil || before[$0] ?? 0 == 0 }
    }
}
