internal import Operations

extension LedgerRow {
    /// Over everything that is stored of the row.
    var checksum: Int64 {
        var checksum = Checksum()
        checksum.add(id)
        checksum.add(createdAt.milliseconds)
        checksum.add(updatedAt?.milliseconds)
        checksum.add(Int64(status.rawValue))
        for flag in [countsFromZero, wasCompleted, wasCanceled] { checksum.add(flag ? 1 : 0 as Int64) }
        for stat in Stat.allCases { checksum.add(stats[stat]) }
        for milestone in Milestone.allCases { checksum.add(marks[milestone]) }
        return checksum.value
    }
}
