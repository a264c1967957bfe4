internal import Operations
internal import SQLite

/// Reads and writes everything of a `LedgerState`, a row for each number that changed.
final class StateTables {
    private enum Key {
        static let birth = "birth_ms"
        static let reading = "reading"
        /// In place of it before version 3.
        static let provenReading = "proven_reading"
        static let birthCertainty = "birth_certainty"
        static let windowIsComplete = "window_is_complete"
        static let retentionEdge = "retention_edge_ms"
        static let checksum = "checksum"
    }
    /// The table `duration` keeps the sum beside the counts, under bounds no bucket has.
    private static let unboundedBucket: Int64 = -1
    private static let durationSum: Int64 = -2

    private let connection: Connection
    private let getValue: Statement
    private let putValue: Statement
    private let putTotal: Statement
    private let putDuration: Statement
    private let putWindow: Statement
    private let putCoverage: Statement

    init(_ connection: Connection) throws(SQLiteError) {
        self.connection = connection
        getValue = try connection.prepare("SELECT value FROM ledger WHERE key = ?")
        putValue = try connection.prepare("REPLACE INTO ledger (key, value) VALUES (?, ?)")
        putTotal = try connection.prepare("REPLACE INTO total (key, value) VALUES (?, ?)")
        putDuration = try connection.prepare("REPLACE INTO duration (bound_s, count) VALUES (?, ?)")
        putWindow = try connection.prepare("REPLACE INTO window (status, key, value) VALUES (?, ?, ?)")
        putCoverage = try connection.prepare("INSERT INTO coverage (start_ms, end_ms) VALUES (?, ?)")
    }

    /// Writes what differs between two states. Runs inside the caller's transaction.
    func save(_ new: LedgerState, over old: LedgerState) throws(SQLiteError) {
        if new.birth != old.birth { try put(new.birth?.milliseconds, Key.birth) }
        if new.birthCertainty != old.birthCertainty {
            try put(Int64(new.birthCertainty.rawValue), Key.birthCertainty)
        }
        if new.retentionEdge != old.retentionEdge { try put(new.retentionEdge?.milliseconds, Key.retentionEdge) }
        if new.windowIsComplete != old.windowIsComplete { try put(new.windowIsComplete ? 1 : 0, Key.windowIsComplete) }
        if new.reading != old.reading {
            try put(StatsReading.allCases.firstIndex(of: new.reading).map(Int64.init), Key.reading)
        }
        if new.totals != old.totals { try saveTotals(new, over: old) }
        if new.durations != old.durations { try saveDurations(new, over: old) }
        if new.window != old.window { try saveWindow(new, over: old) }
        if new.coverage != old.coverage { try saveCoverage(new) }
        if new != old { try put(new.checksum(reading: new.reading), Key.checksum) }
    }

    /// The state as last saved. What is not what was saved is damage.
    func load() throws(SQLiteError) -> LedgerState {
        let state = try read()
        guard try value(Key.checksum) == state.checksum(reading: state.reading) else { throw Self.damage }
        return state
    }

    /// The state as an older version of the schema saved it. Version 1 had no checksum, so its tables are taken for what was
    /// saved.
    func load(fromSchema schema: Int64) throws(SQLiteError) -> LedgerState {
        let state = try read()
        let reading = schema < 3 ? try reading(Key.provenReading) : state.reading
        let checksum = state.checksum(schema: schema, reading: reading)
        let saved = try value(Key.checksum)
        guard schema == 1 || saved == checksum else { throw Self.damage }
        return state
    }

    /// Writes the checksum of a state whose numbers are saved. Runs inside the caller's transaction.
    func seal(_ state: LedgerState) throws(SQLiteError) {
        try put(state.checksum(reading: state.reading), Key.checksum)
    }

    private static var damage: SQLiteError { .damage("its totals are not what was saved") }

    /// True if the tables hold this state, as they do unless another process has written meanwhile. Throws damage if they hold
    /// none.
    func hold(_ state: LedgerState) throws(SQLiteError) -> Bool {
        guard try value(Key.checksum) != state.checksum(reading: state.reading) else { return true }
        _ = try load()
        return false
    }

    /// The content of the tables; a missing row means the value a new state has. Throws damage where a value is out of its
    /// bounds.
    private func read() throws(SQLiteError) -> LedgerState {
        var state = LedgerState()
        state.birth = try value(Key.birth) { row throws(SQLiteError) in try row.time(0) }
        let certainty = try value(Key.birthCertainty) { row throws(SQLiteError) in
            try row.choice(0, of: [BirthCertainty.open, .doubted, .settled])
        }
        state.birthCertainty = certainty ?? state.birthCertainty
        state.retentionEdge = try value(Key.retentionEdge) { row throws(SQLiteError) in try row.time(0) }
        let isComplete = try value(Key.windowIsComplete) { row throws(SQLiteError) in
            try row.choice(0, of: [false, true])
        }
        state.windowIsComplete = isComplete ?? false
        state.reading = try reading(Key.reading) ?? state.reading
        try loadTotals(into: &state)
        try loadDurations(into: &state)
        try loadWindow(into: &state)
        try loadCoverage(into: &state)
        return state
    }

    private func reading(_ key: String) throws(SQLiteError) -> StatsReading? {
        try value(key) { row throws(SQLiteError) in try row.choice(0, of: StatsReading.allCases) }
    }

    private func put(_ value: Int64?, _ key: String) throws(SQLiteError) {
        try putValue.bind(key, at: 1)
        try putValue.bind(value, at: 2)
        try putValue.run()
    }

    private func value(_ key: String) throws(SQLiteError) -> Int64? {
        try value(key) { row throws(SQLiteError) in try row.wholeNumber(0) }
    }

    /// The value under a key, as `read` reads it; nil where there is none.
    private func value<Value>(
        _ key: String, _ read: (Statement) throws(SQLiteError) -> Value?
    ) throws(SQLiteError) -> Value? {
        defer { getValue.reset() }
        try getValue.bind(key, at: 1)
        return try getValue.step() ? try read(getValue) : nil
    }

    /// Calls `body` with each row of a table that has no more than there are keys for it.
    private func forEachRow(
        _ sql: String, atMost most: Int, _ body: (Statement) throws(SQLiteError) -> Void
    ) throws(SQLiteError) {
        var count = 0
        try connection.prepare(sql).forEachRow { row throws(SQLiteError) in
            count += 1
            guard count <= most else { throw .damage("a table has more rows than there are numbers") }
            try body(row)
        }
    }

    private func saveTotals(_ new: LedgerState, over old: LedgerState) throws(SQLiteError) {
        for total in Total.allCases where new.totals[total] != old.totals[total] {
            try putTotal.bind(total.key, at: 1)
            try putTotal.bind(new.totals[total], at: 2)
            try putTotal.run()
        }
    }

    private func loadTotals(into state: inout LedgerState) throws(SQLiteError) {
        let totals = Dictionary(uniqueKeysWithValues: Total.allCases.map { ($0.key, $0) })
        try forEachRow("SELECT key, value FROM total", atMost: totals.count) { row throws(SQLiteError) in
            guard let total = totals[try row.string(0)] else { throw Self.strayNumber }
            state.totals[total] = try required(row.count(1))
        }
    }

    private func saveDurations(_ new: LedgerState, over old: LedgerState) throws(SQLiteError) {
        let bounds = DurationHistogram.bounds + [Self.unboundedBucket]
        for (bucket, bound) in bounds.enumerated() where new.durations.counts[bucket] != old.durations.counts[bucket] {
            try putDuration(bound, new.durations.counts[bucket])
        }
        try putDuration(Self.durationSum, new.durations.sumMilliseconds)
    }

    private func putDuration(_ bound: Int64, _ count: Int64) throws(SQLiteError) {
        try putDuration.bind(bound, at: 1)
        try putDuration.bind(count, at: 2)
        try putDuration.run()
    }

    private func loadDurations(into state: inout LedgerState) throws(SQLiteError) {
        let buckets = DurationHistogram.bounds + [Self.unboundedBucket]
        try forEachRow("SELECT bound_s, count FROM duration", atMost: buckets.count + 1) { row throws(SQLiteError) in
            let bound = try required(row.wholeNumber(0))
            let count = try required(row.count(1))
            if bound == Self.durationSum {
                state.durations.sumMilliseconds = count
            } else if let bucket = buckets.firstIndex(of: bound) {
                state.durations.counts[bucket] = count
            } else {
                throw Self.strayNumber
            }
        }
    }

    private func saveWindow(_ new: LedgerState, over old: LedgerState) throws(SQLiteError) {
        for status in OperationStatus.allCases {
            for column in Window.Column.allCases where new.window[status, column] != old.window[status, column] {
                try putWindow.bind(Int64(status.rawValue), at: 1)
                try putWindow.bind(column.key, at: 2)
                try putWindow.bind(new.window[status, column], at: 3)
                try putWindow.run()
            }
        }
    }

    private func loadWindow(into state: inout LedgerState) throws(SQLiteError) {
        let columns = Dictionary(uniqueKeysWithValues: Window.Column.allCases.map { ($0.key, $0) })
        let most = columns.count * OperationStatus.allCases.count
        try forEachRow("SELECT status, key, value FROM window", atMost: most) { row throws(SQLiteError) in
            let status = try row.status(0)
            guard let column = columns[try row.string(1)] else { throw Self.strayNumber }
            state.window[status, column] = try required(row.count(2))
        }
    }

    private static var strayNumber: SQLiteError { .damage("a number has no name that is known") }

    private func saveCoverage(_ new: LedgerState) throws(SQLiteError) {
        try connection.execute("DELETE FROM coverage")
        for span in new.coverage.spans {
            try putCoverage.bind(span.start.milliseconds, at: 1)
            try putCoverage.bind(span.end.milliseconds, at: 2)
            try putCoverage.run()
        }
    }

    private func loadCoverage(into state: inout LedgerState) throws(SQLiteError) {
        let sql = "SELECT start_ms, end_ms FROM coverage ORDER BY start_ms"
        try forEachRow(sql, atMost: LedgerBounds.mostSpans) { row throws(SQLiteError) in
            let span = Coverage.Span(start: try required(row.time(0)), end: try required(row.time(1)))
            guard span.start <= span.end, state.coverage.spans.last.map({ $0.end < span.start }) ?? true else {
                throw .damage("times that were listed overlap")
            }
            state.coverage.spans.append(span)
        }
    }
}
