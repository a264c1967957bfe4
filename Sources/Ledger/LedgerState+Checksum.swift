internal import Operations

extension LedgerState {
    /// Over everything that is stored of the state; what is asked of the operations is not.
    var checksum: Int64 {
        var checksum = Checksum()
        checksum.add(birth?.milliseconds)
        checksum.add(retentionEdge?.milliseconds)
        checksum.add(windowIsComplete ? 1 : 0 as Int64)
        checksum.add(provenReading.flatMap { StatsReading.allCases.firstIndex(of: $0) }.map(Int64.init))
        for total in Total.allCases { checksum.add(totals[total]) }
        for count in durations.counts { checksum.add(count) }
        checksum.add(durations.sumMilliseconds)
        for status in OperationStatus.allCases {
            for column in Window.Column.allCases { checksum.add(window[status, column]) }
        }
        for span in coverage.spans {
            checksum.add(span.start.milliseconds)
            checksum.add(span.end.milliseconds)
        }
        return checksum.value
    }
}
