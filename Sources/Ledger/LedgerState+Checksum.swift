internal import Operations

extension LedgerState {
    /// Over everything that is stored of the state in a version of the schema; what is asked of the operations is not. Before
    /// version 3 the reading was nil while nothing had been proven.
    func checksum(schema: Int64 = Schema.version, reading: StatsReading?) -> Int64 {
        var checksum = Checksum()
        checksum.add(birth?.milliseconds)
        checksum.add(retentionEdge?.milliseconds)
        checksum.add(windowIsComplete ? 1 : 0 as Int64)
        checksum.add(reading.flatMap { StatsReading.allCases.firstIndex(of: $0) }.map(Int64.init))
        for total in Total.all(inSchema: schema) { checksum.add(totals[total]) }
        for count in durations.counts { checksum.add(count) }
        checksum.add(durations.sumMilliseconds)
        for status in OperationStatus.allCases {
            for column in Window.Column.allCases { checksum.add(window[status, column]) }
        }
        for span in coverage.spans {
            checksum.add(span.start.milliseconds)
            checksum.add(span.end.milliseconds)
        }
        if schema > 3 { checksum.add(Int64(birthCertainty.rawValue)) }
        return checksum.value
    }
}
