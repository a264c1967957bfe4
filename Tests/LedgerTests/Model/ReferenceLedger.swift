import Operations

@testable import Ledger

/// The ledger's contract in plain Swift: no database, no fingerprints, no columns. Per operation and milestone it keeps
/// the highest value seen, and what that has counted.
struct ReferenceLedger {
    struct Held {
        let createdAt: Timestamp
        let countsFromZero: Bool
        var highest: [Milestone: Int64] = [:]
        var status = OperationStatus.unknown
        var stats: [Stat: Int64] = [:]
        var wasCompleted = false
        var wasCanceled = false
    }

    let forcedReading: StatsReading?
    var birth: Timestamp?
    var edge: Timestamp?
    var proven: StatsReading?
    var windowIsComplete = false
    var held: [String: Held] = [:]
    var totals: [Total: Int64] = [:]
    var durations: [Duration] = []
    /// Units of creation time that have been listed, by their number.
    var covered: Set<Int64> = []

    init(forcedReading: StatsReading?) {
        self.forcedReading = forcedReading
    }

    var reading: StatsReading { forcedReading ?? proven ?? .exclusive }

    mutating func record(_ page: [Operation], at now: Timestamp) {
        if birth == nil {
            birth = Timestamp(seconds: now.wholeSeconds)
            edge = birth.map { $0 - .seconds(7 * 86_400) }
        }
        let before = held
        for operation in page where before[operation.id].map({ Self.isNews(operation, $0) }) ?? true {
            proven = Self.proof(operation.stats.reported) ?? proven
        }
        for operation in page { observe(operation, at: now) }
    }

    private mutating func observe(_ operation: Operation, at now: Timestamp) {
        guard let birth, let edge else { return }
        let isNew = held[operation.id] == nil
        // What has left retention may have been counted and forgotten.
        if isNew && (operation.createdAt <= edge || operation.createdAt <= now - .seconds(7 * 86_400)) { return }
        var known =
            held[operation.id]
            ?? Held(createdAt: operation.createdAt, countsFromZero: operation.createdAt >= birth)
        let stats = operation.stats.reported
        let reading = forcedReading ?? Self.proof(stats) ?? proven ?? .exclusive
        if isNew {
            totals[.operationsHeld, default: 0] += 1
            if known.countsFromZero { totals[.operationsSeen, default: 0] += 1 }
        }
        finish(operation, isNew, &known)
        for milestone in Milestone.allCases {
            if known.hasFallen(milestone, in: stats, reading) { totals[.regressions(milestone), default: 0] += 1 }
            totals[.gained(milestone), default: 0] += known.raise(milestone, by: stats, reading)
        }
        known.status = operation.status
        known.stats.merge(stats) { $1 }
        held[operation.id] = known
    }

    private mutating func finish(_ operation: Operation, _ isNew: Bool, _ known: inout Held) {
        let isBaseline = isNew && !known.countsFromZero
        if operation.status == .completed && !known.wasCompleted {
            known.wasCompleted = true
            if !isBaseline {
                totals[.operationsCompleted, default: 0] += 1
                let duration = operation.updatedAt.map { $0 - known.createdAt }
                if let duration, duration >= .zero { durations.append(duration) }
            }
        }
        if operation.status == .canceled && !known.wasCanceled {
            known.wasCanceled = true
            if !isBaseline { totals[.operationsCanceled, default: 0] += 1 }
        }
    }

    mutating func retire(at now: Timestamp) {
        let target = now - .seconds(7 * 86_400)
        guard let birth, let last = edge, target > last else { return }
        for operation in held.values where operation.createdAt > last && operation.createdAt <= target {
            if operation.status.isUnfinished { totals[.expiredUnfinished, default: 0] += 1 }
        }
        for (id, operation) in held where operation.createdAt <= target - .seconds(3600) {
            held[id] = nil
            totals[.operationsHeld, default: 0] -= 1
        }
        for unit in History.units(from: max(last, birth), to: target) where !covered.contains(unit) {
            totals[.coverageGapMilliseconds, default: 0] += History.unit.milliseconds
        }
        edge = target
    }

    mutating func beginAfresh() {
        let recoveries = totals[.recoveries, default: 0]
        self = ReferenceLedger(forcedReading: forcedReading)
        totals[.recoveries] = recoveries + 1
    }

    mutating func cover(from start: Timestamp, to end: Timestamp) {
        guard let birth else { return }
        covered.formUnion(History.units(from: max(start, birth), to: end))
    }
}

// What the gauges must show.
extension ReferenceLedger {
    /// The operations inside retention.
    private var window: [Held] { held.values.filter { $0.createdAt > edge ?? $0.createdAt - .seconds(1) } }

    /// By status: operations, sums of stats, and the oldest creation.
    var sums: [OperationStatus: (operations: Int64, stats: [Stat: Int64], oldest: Timestamp)] {
        window.reduce(into: [:]) { sums, operation in
            var sum = sums[operation.status] ?? (0, [:], operation.createdAt)
            sum.operations += 1
            sum.stats.merge(operation.stats, uniquingKeysWith: +)
            sum.oldest = min(sum.oldest, operation.createdAt)
            sums[operation.status] = sum
        }
    }

    /// Whether a later time has been seen than a clock can be wrong by.
    func isAhead(of now: Timestamp) -> Bool {
        let seen = [birth, edge.map { $0 + .seconds(7 * 86_400) }].compactMap(\.self).max()
        return seen.map { $0 > now + .seconds(86_400) } ?? false
    }
}

extension ReferenceLedger.Held {
    /// Raises the highest value seen to an observed one, and returns what that counts: all of the rise, or of an operation
    /// older than the ledger what its members have gained since each was first reported.
    mutating func raise(_ milestone: Milestone, by new: [Stat: Int64], _ reading: StatsReading) -> Int64 {
        let before = highest[milestone] ?? 0
        guard let value = ReferenceLedger.value(milestone, new, reading), value > before else { return 0 }
        highest[milestone] = value
        guard !countsFromZero else { return value - before }
        let comparable = new.filter { stats[$0.key] != nil }
        guard let now = ReferenceLedger.value(milestone, comparable, reading),
            let then = ReferenceLedger.value(milestone, stats, reading)
        else { return 0 }
        return max(0, now - max(then, before))
    }

    /// Whether all that was reported of a milestone before is reported again, and is less than before.
    func hasFallen(_ milestone: Milestone, in new: [Stat: Int64], _ reading: StatsReading) -> Bool {
        guard let value = ReferenceLedger.value(milestone, new, reading), value < highest[milestone] ?? 0,
            let then = ReferenceLedger.value(milestone, stats, reading), value < then
        else { return false }
        return ReferenceLedger.members(milestone, reading).allSatisfy { new[$0] != nil || stats[$0] == nil }
    }
}

// The milestones of the contract, said once more in other words.
extension ReferenceLedger {
    static func members(_ milestone: Milestone, _ reading: StatsReading) -> Set<Stat> {
        switch milestone {
        case .sent:
            reading == .exclusive ? [.sent, .delivered, .read, .undelivered] : [.sent, .delivered, .undelivered]
        case .delivered: [.delivered, .read]
        case .messages: [.total]
        case .recipients: [.recipients]
        case .attempts: [.attempts]
        case .read: [.read]
        case .undelivered: [.undelivered]
        case .unaddressable: [.unaddressable]
        case .failed: [.failed]
        case .canceled: [.canceled]
        }
    }

    /// Nil where none of the members was reported.
    static func value(_ milestone: Milestone, _ stats: [Stat: Int64], _ reading: StatsReading) -> Int64? {
        let reported = stats.filter { members(milestone, reading).contains($0.key) }
        guard !reported.isEmpty else { return nil }
        let sum = reported.values.reduce(0, +)
        guard reading == .cumulative else { return sum }
        return switch milestone {
        case .sent: max(reported[.sent] ?? 0, sum - (reported[.sent] ?? 0))
        case .delivered: reported.values.max()
        default: sum
        }
    }

    /// The reading that is left where exactly one is impossible.
    static func proof(_ stats: [Stat: Int64]) -> StatsReading? {
        let at = { (stat: Stat) in stats[stat] ?? 0 }
        let states = stats.filter { ![.total, .recipients, .attempts, .unaddressable].contains($0.key) }
        let notExclusive = stats[.total].map { states.values.reduce(0, +) > $0 } ?? false
        let notCumulative =
            stats[.sent].map { $0 < at(.delivered) + at(.undelivered) } ?? false
            || stats[.delivered].map { $0 < at(.read) } ?? false
        guard notExclusive != notCumulative else { return nil }
        return notExclusive ? .cumulative : .exclusive
    }

    private static func isNews(_ operation: Operation, _ known: Held) -> Bool {
        operation.status != known.status || operation.stats.reported.contains { known.stats[$0.key] != $0.value }
    }
}

extension Stats {
    /// The members that were reported.
    var reported: [Stat: Int64] {
        var reported: [Stat: Int64] = [:]
        for stat in Stat.allCases { reported[stat] = self[stat] }
        return reported
    }
}
