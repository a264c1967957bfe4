internal import Operations

extension LedgerRow {
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
    }

    /// Whether an observation says anything that the last one did not.
    func isNews(_ operation: Operation) -> Bool {
        operation.status != status
            || Stat.allCases.contains { operation.stats[$0] != nil && operation.stats[$0] != stats[$0] }
    }

    /// Merges one observation: marks rise to what was observed and never fall; status and stats become the reported ones.
    ///
    /// Merging the same observation again gains nothing.
    mutating func merge(_ operation: Operation, reading: StatsReading) -> Gain {
        var gain = Gain()
        for milestone in Milestone.allCases { merge(milestone, of: operation.stats, reading, into: &gain) }
        finish(operation, into: &gain)
        isHeld = true
        status = operation.status
        updatedAt = operation.updatedAt ?? updatedAt
        for stat in Stat.allCases { stats[stat] = operation.stats[stat] ?? stats[stat] }
        return gain
    }

    private mutating func merge(_ milestone: Milestone, of new: Stats, _ reading: StatsReading, into gain: inout Gain) {
        guard let value = new.value(of: milestone, reading: reading) else { return }
        let mark = marks[milestone]
        guard value > mark else {
            if value < mark && hasFallen(to: value, milestone, in: new, reading) { gain.regressions.append(milestone) }
            return
        }
        let amount = countsFromZero ? value - mark : gainSinceFirstSeen(milestone, in: new, reading)
        marks[milestone] = value
        if amount > 0 { gain.milestones.append((milestone, amount)) }
    }

    /// What an operation older than the ledger gained since it was last seen. A part reported for the first time may be
    /// as old as the operation, so only those reported before are compared; and the last stats are read as the new ones
    /// are, since the mark may stem from the other reading.
    private func gainSinceFirstSeen(_ milestone: Milestone, in new: Stats, _ reading: StatsReading) -> Int64 {
        guard isHeld else { return 0 }
        var comparable = new
        for part in milestone.parts(reading) where stats[part] == nil { comparable[part] = nil }
        guard let value = comparable.value(of: milestone, reading: reading),
            let last = stats.value(of: milestone, reading: reading)
        else { return 0 }
        return value - max(last, marks[milestone])
    }

    /// Whether the API itself went back: all it reported last time is reported again, and is less. A lower bound from
    /// missing members, or marks set under the other reading, are not the API's doing.
    private func hasFallen(to value: Int64, _ milestone: Milestone, in new: Stats, _ reading: StatsReading) -> Bool {
        guard let last = stats.value(of: milestone, reading: reading), value < last else { return false }
        return milestone.parts(reading).allSatisfy { new[$0] != nil || stats[$0] == nil }
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
