internal import Operations

/// What is known beside an operation when a look at it is merged.
struct LookContext {
    /// The API's time.
    let now: Timestamp
    /// The reading of looks without a verdict.
    let accountReading: StatsReading
    let forcedReading: StatsReading?
    /// Whether the operation's present numbers were first seen by an earlier poll.
    let isLaterPoll: Bool
}

extension LedgerRow {
    /// How long reports have to be older than the row's before one of them is taken.
    static let patience = Duration.seconds(60)
    /// By how much a report is older that is told from one of the same moment.
    private static let updateTolerance = Duration.seconds(1)

    /// The row of an operation seen for the first time, before anything of it is counted.
    init(firstSeen operation: Operation, birth: Timestamp) {
        id = operation.id
        createdAt = operation.createdAt
        updatedAt = nil
        status = operation.status
        stats = Stats()
        marks = Marks()
        isHeld = false
        countsFromZero = operation.createdAt >= birth
        // What was finished before the ledger could see it is baseline, as its stats are.
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
        olderSince = isOlder ? olderSince ?? context.now : nil
        if !operation.stats.isEmpty { mergeStats(of: operation, isOlder: isOlder, context, into: &gain) }
        isHeld = true
        guard !isOlder else { return gain }
        finish(operation, into: &gain)
        status = operation.status
        updatedAt = operation.updatedAt ?? updatedAt
        return gain
    }

    /// Whether a report comes from a replica that lags. One is taken all the same where the row's own time cannot be, or
    /// where all reports of a minute have been older.
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
        let isReadable = !operation.stats.hasUnreadable
        let verdict = isReadable ? Verdict(on: new) : nil
        let decided = context.forcedReading ?? verdict?.reading
        let reading = decided ?? context.accountReading
        if !hasBaseline { setBaseline(new, verdict?.reading) }
        let isSettled = isSettled(new, isReadable: isReadable, isOlder: isOlder, reading, context)
        for milestone in Milestone.allCases {
            let isLower = !isSettled || reading == .cumulative && decided == nil
            let value = isLower ? lower(milestone, of: new) : counted(milestone, of: new, reading)
            if !isOlder { noteFall(of: milestone, in: new, to: value, reading, into: &gain) }
            if let value { raise(milestone, to: value, in: new, into: &gain) }
        }
        guard !isOlder else { return }
        judge(verdict, of: new, context, into: &gain)
        stats = new
    }

    /// Whether the look is counted by its reading: exclusive values that do not add up wait until a later poll shows the same
    /// numbers, since members may be of different moments. A look with an unreadable member, which may be older, never does.
    private mutating func isSettled(
        _ new: Stats, isReadable: Bool, isOlder: Bool, _ reading: StatsReading, _ context: LookContext
    ) -> Bool {
        let hasMore =
            reading == .exclusive
            && [Milestone.sent, .delivered].contains { milestone in
                let value = counted(milestone, of: new, .exclusive) ?? 0
                return value > max(marks[milestone], counted(milestone, of: new, .cumulative) ?? 0)
            }
        let isConfirmed = waits && new == stats && context.isLaterPoll
        let isSettled = !hasMore || isReadable && (new.addUp || !isOlder && isConfirmed)
        if !isOlder { waits = isReadable && !isSettled }
        return isSettled
    }

    /// The lower of the values in both readings.
    private func lower(_ milestone: Milestone, of stats: Stats) -> Int64? {
        guard let cumulative = counted(milestone, of: stats, .cumulative) else { return nil }
        return min(cumulative, counted(milestone, of: stats, .exclusive) ?? cumulative)
    }

    /// The value that counts of a milestone: bounded, and without what an older operation had before.
    private func counted(_ milestone: Milestone, of stats: Stats, _ reading: StatsReading) -> Int64? {
        guard let value = stats.value(of: milestone, reading: reading) else { return nil }
        guard milestone == .sent || milestone == .delivered else { return value }
        let bounded = min(value, cap(of: stats))
        return reading == .exclusive ? max(0, bounded - excess[milestone]) : bounded
    }

    /// The most that can have been sent, by these stats, or where they lack `total` by the one that was reported before.
    private func cap(of stats: Stats) -> Int64 {
        let messages = stats[.total] == nil && marks[.messages] > 0 ? max(0, marks[.messages] - stats.others) : .max
        return min(messages, stats.cap ?? .max)
    }

    /// Takes the first stats of an operation older than the ledger for what it had before. Where they are open, it may have
    /// had what either reading says.
    private mutating func setBaseline(_ first: Stats, _ verdict: StatsReading?) {
        hasBaseline = true
        for milestone in Milestone.allCases {
            marks[milestone] = counted(milestone, of: first, verdict ?? .cumulative) ?? 0
        }
        guard verdict == nil else { return }
        excess.sent = (counted(.sent, of: first, .exclusive) ?? 0) - marks[.sent]
        excess.delivered = (counted(.delivered, of: first, .exclusive) ?? 0) - marks[.delivered]
    }

    private mutating func raise(_ milestone: Milestone, to value: Int64, in new: Stats, into gain: inout Gain) {
        let rise = value - marks[milestone]
        guard rise > 0 else { return }
        let isFirstSight = isFirstSight(of: milestone)
        marks[milestone] = value
        if !isFirstSight { gain.milestones.append((milestone, rise)) }
    }

    /// Whether a member that is now reported of an operation older than the ledger may be as old as the operation: numbers
    /// of messages and recipients, and attempts where something had been sent already.
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
        guard !fallen.contains(milestone), let value = new.value(of: milestone, reading: reading),
            let last = stats.value(of: milestone, reading: reading), value < last, value < marks[milestone],
            milestone.parts.allSatisfy({ new[$0] != nil || stats[$0] ?? 0 == 0 })
        else { return }
        fallen.insert(milestone)
        gain.regressions.append(milestone)
    }

    private mutating func judge(_ verdict: Verdict?, of new: Stats, _ context: LookContext, into gain: inout Gain) {
        guard let verdict else { return }
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
