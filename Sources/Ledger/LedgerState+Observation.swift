internal import Operations

extension LedgerState {
    /// Clocks that differ by so much cannot both be right.
    private static let clockDoubt = Duration.seconds(60)
    /// An operation may seem to be from the future by so much, since a `Date` names a whole second.
    private static let dateTolerance = Duration.seconds(1)

    /// The first successful response is the ledger's birth: the earlier of the API's time and this machine's, so that no
    /// history counts as new.
    mutating func beBorn(at now: Timestamp, wall: Timestamp) {
        guard birth == nil else { return }
        // Whole seconds, as the API dates operations: one created within the second of birth counts from zero.
        let birth = Timestamp(seconds: min(now, wall).wholeSeconds)
        self.birth = birth
        if max(now, wall) - min(now, wall) >= Self.clockDoubt { birthCertainty = .doubted }
        // A ledger that was taken back may have forgotten more.
        retentionEdge = max(birth - Operation.retention, retentionEdge ?? birth - Operation.retention)
    }

    /// Notes the creation times of operations that were seen for the first time at these times of the two clocks: one from the
    /// future says that the clocks were behind at birth.
    mutating func doubtBirth(ifAnyIsNewer creations: some Sequence<Timestamp>, than now: Timestamp, wall: Timestamp) {
        guard birthCertainty == .open else { return }
        let latest = min(now, wall) + Self.dateTolerance
        if creations.contains(where: { $0 > latest }) { birthCertainty = .doubted }
    }

    /// Notes that all operations created after `start` have been listed, which is the whole retention where `isComplete`;
    /// `newest` is the creation time of the newest held.
    ///
    /// A birth in doubt is just after the newest operation that was listed, so that older ones, which other lists show for the
    /// first time, stay history.
    mutating func settleBirth(newest: Timestamp?, listedSince start: Timestamp, isComplete: Bool) {
        guard let birth, birthCertainty != .settled else { return }
        guard birthCertainty == .doubted else {
            birthCertainty = .settled
            return
        }
        guard isComplete || newest.map({ $0 >= start }) ?? false else { return }
        birthCertainty = .settled
        if let newest, newest >= birth {
            self.birth = Timestamp(seconds: newest.wholeSeconds + 1)
        } else {
            // If this machine's clock was far behind, birth is long ago, and nothing of the time before the list is owed.
            coverage.cover(from: birth, to: start)
        }
    }

    /// The row to merge the first observation of an operation into; nil for one past retention, which may have been
    /// counted and forgotten before. `earliest` is the earlier of two clocks, one of which may be wrong.
    func rowOfNew(_ operation: Operation, at earliest: Timestamp) -> LedgerRow? {
        guard let birth, retains(operation.createdAt), operation.createdAt > earliest - Operation.retention else {
            return nil
        }
        return LedgerRow(firstSeen: operation, birth: birth, isHistory: birthCertainty == .doubted)
    }

    /// Takes one merged observation into the window and the totals. `known` is the row before it.
    mutating func note(_ row: LedgerRow, after known: LedgerRow, _ gain: Gain) {
        if known.isHeld, shows(known) { window.remove(known.status, known.stats) }
        if shows(row) { window.add(row.status, row.stats) }
        if !known.isHeld {
            totals.add(1, to: .operationsHeld)
            if row.countsFromZero { totals.add(1, to: .operationsSeen) }
        }
        for (milestone, amount) in gain.milestones { totals.add(amount, to: .gained(milestone)) }
        for milestone in gain.regressions { totals.add(1, to: .regressions(milestone)) }
        if let completed = gain.completed {
            totals.add(1, to: .operationsCompleted)
            if let duration = completed.duration { durations.observe(duration) }
        }
        if gain.wasCanceled { totals.add(1, to: .operationsCanceled) }
        if gain.isContradiction { totals.add(1, to: .contradictions) }
        count(row.verdict, after: known.verdict)
    }

    /// Notes when an operation past retention leaves the gauges because it has finished.
    func noteLeaving(_ row: inout LedgerRow, after known: LedgerRow, at now: Timestamp) {
        if shows(row) || retains(row.createdAt) {
            row.leftAt = nil
        } else if shows(known) {
            row.leftAt = now
        }
    }

    /// Counts an operation's verdict in place of the one it had.
    mutating func count(_ verdict: StatsReading?, after last: StatsReading?) {
        guard verdict != last else { return }
        if let last { totals[.verdicts(last)] = max(0, totals[.verdicts(last)] - 1) }
        if let verdict { totals.add(1, to: .verdicts(verdict)) }
    }

    /// Turns the reading if the verdicts say so. One operation among many turns nothing: exclusive begins with nine in ten of
    /// at least ten, and stays down to eight in ten of however many.
    mutating func turnReading() {
        let exclusive = totals[.verdicts(.exclusive)]
        let all = exclusive + totals[.verdicts(.cumulative)]
        let isExclusive = reading == .exclusive ? exclusive * 10 >= all * 8 : all >= 10 && exclusive * 10 >= all * 9
        reading = isExclusive ? .exclusive : .cumulative
    }

    /// Lets a finished operation that has left retention out of the window. One that is unfinished stays: a schedule can lie
    /// further ahead than the list reaches.
    mutating func release(_ row: LedgerRow) {
        if !row.hasExpired, !row.status.isUnfinished { window.remove(row.status, row.stats) }
    }

    /// Gives up an unfinished operation, which the API no longer knows; returns its row. Its marks stay, so that one that
    /// comes back counts nothing twice.
    mutating func expire(_ row: LedgerRow) -> LedgerRow {
        guard row.status.isUnfinished, !row.hasExpired else { return row }
        window.remove(row.status, row.stats)
        if !row.wasExpired { totals.add(1, to: .expiredUnfinished) }
        var row = row
        row.hasExpired = true
        row.wasExpired = true
        return row
    }
}
