internal import Operations

/// The circumstances of a look at an operation.
struct LookContext {
    /// The API's time.
    let now: Timestamp
    /// The reading of looks without a verdict.
    let accountReading: StatsReading
    let forcedReading: StatsReading?
    /// True if an earlier poll first saw the operation's present numbers.
    let isLaterPoll: Bool
}

extension LedgerRow {
    /// The time for which reports have to be older than the row's before one of them is taken.
    static let patience = Duration.seconds(60)
    /// Reports whose times differ by no more than this are of the same moment.
    private static let updateTolerance = Duration.seconds(1)

    /// The row of an operation seen for the first time, before anything of it is counted.
    init(firstSeen operation: Operation, birth: Timestamp, isHistory: Bool) {
        id = operation.id
        createdAt = operation.createdAt
        updatedAt = nil
        status = operation.status
        stats = Stats()
        marks = Marks()
        isHeld = false
        countsFromZero = operation.createdAt >= birth && !isHistory
        // If it was finished before the ledger could see it, that is baseline, as its stats are.
        wasCompleted = !countsFromZero && operation.status == .completed
        wasCanceled = !countsFromZero && operation.status == .canceled
        // Nothing has been sent of one that is scheduled, and says no more.
        hasBaseline = countsFromZero || operation.status == .scheduled && operation.stats.isEmpty
    }

    /// Merges one look: marks rise to what it shows and never fall; status and stats become the reported ones, unless the
    /// report is older than the row's.
    ///
    /// Merging the same look again gains nothing.
    mutating func merge(_ operation: Operation, in context: LookContext) -> Gain {
        var gain = Gain()
        let isOlder = isOlder(operation, at: context.now)
        olderSince = isOlder ? min(olderSince ?? context.now, context.now) : nil
        if !operation.stats.isEmpty { mergeStats(of: operation, isOlder: isOlder, context, into: &gain) }
        isHeld = true
        createdAt = max(createdAt, operation.createdAt)
        hasExpired = hasExpired && context.now - createdAt >= Ledger.longestSchedule
        guard !isOlder else { return gain }
        finish(operation, into: &gain)
        status = operation.status
        updatedAt = operation.updatedAt ?? updatedAt
        return gain
    }

    /// True if a report comes from a replica that lags. It is taken as new if the row's own time is in the future, or if all
    /// reports of a minute have been older.
    private func isOlder(_ operation: Operation, at now: Timestamp) -> Bool {
        guard let new = operation.updatedAt, let last = updatedAt, new < last - Self.updateTolerance, last <= now else {
            return false
        }
        return olderSince.map { now - $0 < Self.patience } ?? true
    }

    private mutating func mergeStats(
        of operation: Operation, isOlder: Bool, _ context: LookContext, into gain: inout Gain
    ) {
        let new = operation.stats.completed(by: stats)
        let verdict = operation.stats.hasUnreadable ? nil : Verdict(on: new)
        count(new, verdict, of: operation, isOlder: isOlder, context, into: &gain)
        guard !isOlder else { return }
        if let verdict { judge(verdict, of: new, context, into: &gain) }
        stats = new
    }

    /// Raises the marks to the values that a look counts.
    private mutating func count(
        _ new: Stats, _ verdict: Verdict?, of operation: Operation, isOlder: Bool, _ context: LookContext,
        into gain: inout Gain
    ) {
        let decided = context.forcedReading ?? verdict?.reading
        let reading = decided ?? context.accountReading
        let bound = bound(by: new)
        setBaseline(new, operation.stats, verdict?.reading, context.forcedReading, bound)
        let values = Values(of: new, bound: bound, excess: excess)
        let isGuess = decided == nil && (reading == .cumulative || verdict?.isContradiction ?? false)
        let isSettled = !isGuess && isSettled(values, new, operation, isOlder: isOlder, reading, context)
        if isGuess && !isOlder { waits = false }
        for milestone in Milestone.allCases {
            let value =
                switch milestone {
                case .sent: isSettled ? values.sent[reading] : values.sent.lower
                case .delivered: isSettled ? values.delivered[reading] : values.delivered.lower
                default: new.value(of: milestone, reading: reading)
                }
            if !isOlder { noteFall(of: milestone, in: new, to: value, reading, into: &gain) }
            if let value { raise(milestone, to: value, into: &gain) }
        }
    }

    /// True if the look is counted by its reading. Exclusive values that do not add up wait until a later poll shows the same
    /// numbers, since members may be of different moments. A sum with a value that was only kept never counts.
    private mutating func isSettled(
        _ values: Values, _ new: Stats, _ operation: Operation, isOlder: Bool, _ reading: StatsReading,
        _ context: LookContext
    ) -> Bool {
        let hasMore =
            reading == .exclusive
            && (values.sent.exclusive > max(marks[.sent], values.sent.cumulative)
                || values.delivered.exclusive > max(marks[.delivered], values.delivered.cumulative))
        let isWhole = Stats.summed.allSatisfy { !operation.stats.isUnreadable($0) || new[$0] ?? 0 == 0 }
        let isConfirmed = waits && !isOlder && new == stats && context.isLaterPoll
        let isSettled = !hasMore || isWhole && (new.addUp || isConfirmed)
        if !isOlder { waits = isWhole && !isSettled }
        return isSettled
    }

    /// The most that can have been sent: by these stats, or where they lack `total` by the one that was reported before.
    private func bound(by stats: Stats) -> Int64 {
        let isUntold = (stats[.total] ?? 0) == 0 && marks[.messages] > 0
        return min(isUntold ? max(0, marks[.messages] - stats.others) : .max, stats.cap ?? .max)
    }

    /// Begins with the stats of a row from before there were verdicts: of an older operation, they are no gain.
    mutating func beginReading() {
        hasBaseline = countsFromZero || !stats.isEmpty || status == .scheduled
        guard !countsFromZero else { return }
        let values = Values(of: stats, bound: bound(by: stats), excess: Excess())
        excess.sent = max(0, values.sent.exclusive - marks[.sent])
        excess.delivered = max(0, values.delivered.exclusive - marks[.delivered])
    }

    /// Takes for the past of an operation older than the ledger what is first told of it: by the first stats, and of members
    /// that could not be read in those by the first that can. Unless the numbers decide, it may have had the values of either
    /// reading.
    private mutating func setBaseline(
        _ new: Stats, _ report: Stats, _ verdict: StatsReading?, _ forced: StatsReading?, _ bound: Int64
    ) {
        let isFirst = !hasBaseline
        guard isFirst || !unread.isEmpty else { return }
        hasBaseline = true
        let isOpen = forced != nil || verdict == nil
        let values = Values(of: new, bound: bound, excess: Excess())
        for milestone in Milestone.allCases {
            let isRead = milestone.parts.allSatisfy { !report.isUnreadable($0) }
            guard isFirst || isRead && unread.contains(milestone) else { continue }
            if isRead { unread.remove(milestone) } else { unread.insert(milestone) }
            switch milestone {
            case .sent:
                marks[.sent] = max(marks[.sent], values.sent[forced ?? verdict ?? .cumulative])
                if isOpen { excess.sent = max(0, values.sent.exclusive - marks[.sent]) }
            case .delivered:
                marks[.delivered] = max(marks[.delivered], values.delivered[forced ?? verdict ?? .cumulative])
                if isOpen { excess.delivered = max(0, values.delivered.exclusive - marks[.delivered]) }
            default:
                marks[milestone] = max(marks[milestone], new.value(of: milestone, reading: .cumulative) ?? 0)
            }
        }
    }

    private mutating func raise(_ milestone: Milestone, to value: Int64, into gain: inout Gain) {
        let rise = value - marks[milestone]
        guard rise > 0 else { return }
        let isFirstSight = isFirstSight(of: milestone)
        marks[milestone] = value
        if !isFirstSight { gain.milestones.append((milestone, rise)) }
    }

    /// True if a member is reported for the first time of an operation older than the ledger, and may be as old as that:
    /// messages and recipients, and attempts where something had been sent already.
    private func isFirstSight(of milestone: Milestone) -> Bool {
        guard !countsFromZero, marks[milestone] == 0, stats[milestone.stat] == nil else { return false }
        return switch milestone {
        case .messages, .recipients: true
        case .attempts: (stats.value(of: .sent, reading: .cumulative) ?? 0) > 0
        default: false
        }
    }

    /// Counts a fall below the mark once, until the value has recovered. Only what the API itself took back is a fall: both
    /// looks are read in the same way, and no member is missing now that was there.
    private mutating func noteFall(
        of milestone: Milestone, in new: Stats, to counted: Int64?, _ reading: StatsReading, into gain: inout Gain
    ) {
        if let counted, counted >= marks[milestone] { fallen.remove(milestone) }
        guard !fallen.contains(milestone), let value = ownValue(of: milestone, in: new, reading),
            let last = ownValue(of: milestone, in: stats, reading), value < last, value < marks[milestone],
            milestone.parts.allSatisfy({ new[$0] != nil || stats[$0] ?? 0 == 0 })
        else { return }
        fallen.insert(milestone)
        gain.regressions.append(milestone)
    }

    /// The value of a milestone without what an older operation had before the ledger saw it.
    private func ownValue(of milestone: Milestone, in stats: Stats, _ reading: StatsReading) -> Int64? {
        guard let value = stats.value(of: milestone, reading: reading) else { return nil }
        return switch (milestone, reading) {
        case (.sent, .exclusive): max(0, value - excess.sent)
        case (.delivered, .exclusive): max(0, value - excess.delivered)
        default: value
        }
    }

    private mutating func judge(_ verdict: Verdict, of new: Stats, _ context: LookContext, into gain: inout Gain) {
        self.verdict = verdict.reading ?? self.verdict
        let contradictsForced =
            context.forcedReading.map { verdict.reading != nil && verdict.reading != $0 && !new.isPossible(in: $0) }
            ?? false
        guard !hasContradicted, verdict.isContradiction || contradictsForced else { return }
        hasContradicted = true
        gain.isContradiction = true
    }

    private mutating func finish(_ operation: Operation, into gain: inout Gain) {
        if operation.status == .completed && !wasCompleted {
            wasCompleted = true
            let duration = operation.updatedAt.map { $0 - createdAt }
            gain.completed = Completion(duration: duration.flatMap { $0 >= .zero ? $0 : nil })
        }
        if operation.status == .canceled && !wasCanceled {
            wasCanceled = true
            gain.wasCanceled = true
        }
    }
}

/// The values that a look gives to the two milestones that depend on the reading: bounded, and without the excess that an
/// older operation had before the ledger saw it.
private struct Values {
    struct Pair {
        let exclusive: Int64
        let cumulative: Int64
        var lower: Int64 { min(exclusive, cumulative) }

        subscript(reading: StatsReading) -> Int64 { reading == .exclusive ? exclusive : cumulative }
    }

    let sent: Pair
    let delivered: Pair

    init(of stats: Stats, bound: Int64, excess: Excess) {
        func pair(_ milestone: Milestone, _ excess: Int64) -> Pair {
            let exclusive = stats.value(of: milestone, reading: .exclusive) ?? 0
            let cumulative = stats.value(of: milestone, reading: .cumulative) ?? 0
            return Pair(exclusive: max(0, min(exclusive, bound) - excess), cumulative: min(cumulative, bound))
        }
        sent = pair(.sent, excess.sent)
        delivered = pair(.delivered, excess.delivered)
    }
}
