internal import Operations

extension LedgerRow {
    /// Over everything that is stored of the row in a version of the schema.
    func checksum(schema: Int64 = Schema.version) -> Int64 {
        var checksum = Checksum()
        checksum.add(id)
        checksum.add(createdAt.milliseconds)
        checksum.add(updatedAt?.milliseconds)
        checksum.add(Int64(status.rawValue))
        for flag in [countsFromZero, wasCompleted, wasCanceled] { checksum.add(flag ? 1 : 0 as Int64) }
        for stat in Stat.allCases { checksum.add(stats[stat]) }
        for milestone in Milestone.allCases { checksum.add(marks[milestone]) }
        guard schema > 2 else { return checksum.value }
        checksum.add(verdict.flatMap { StatsReading.allCases.firstIndex(of: $0) }.map(Int64.init))
        for flag in [hasContradicted, waits, hasBaseline] { checksum.add(flag ? 1 : 0 as Int64) }
        checksum.add(fallen.bits)
        checksum.add(unread.bits)
        checksum.add(olderSince?.milliseconds)
        checksum.add(excess.sent)
        checksum.add(excess.delivered)
        guard schema > 3 else { return checksum.value }
        for flag in [hasExpired, wasExpired] { checksum.add(flag ? 1 : 0 as Int64) }
        checksum.add(leftAt?.milliseconds)
        return checksum.value
    }
}
