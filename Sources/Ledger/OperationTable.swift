internal import Operations
internal import SQLite

/// The columns of the table `operation`, in the order rows are read and written.
enum OperationColumn {
    static let fixed = ["id", "created_ms", "updated_ms", "status", "flags"]
    /// As last reported; NULL where the API never reported the member.
    static let stats = Stat.allCases.map { "\($0)" }
    static let marks = Milestone.allCases.map { "mark_\($0)" }
    /// Over all other columns.
    static let checksum = "checksum"
    /// The columns that version 3 of the schema added.
    static let reading = ["verdict", "older_since_ms", "sent_excess", "delivered_excess"]
    /// The column that version 4 of the schema added.
    static let left = "left_ms"
    static let all = fixed + stats + marks + [checksum] + reading + [left]

    /// The place of the checksum among all columns.
    static let checksumIndex = Int32(fixed.count + stats.count + marks.count)
}

/// Reads and writes the rows of operations, one at a time and by range of creation.
final class OperationTable {
    /// Rows that are saved anew at once while all of them are.
    private static let batch = 1000

    private let connection: Connection
    private let find: Statement
    private let between: Statement
    private let put: Statement
    private let following: Statement
    private let createdIn: Statement
    private let nth: Statement
    private let deleteUntil: Statement
    private let unfinished: Statement
    private let unfinishedUntil: Statement
    private let overdue: Statement
    private let oldestUnfinished: Statement
    private let oldestFirst: Statement
    private let newestFirst: Statement

    init(_ connection: Connection) throws(SQLiteError) {
        self.connection = connection
        let columns = OperationColumn.all.joined(separator: ", ")
        let parameters = OperationColumn.all.map { _ in "?" }.joined(separator: ", ")
        find = try connection.prepare("SELECT \(columns) FROM operation WHERE id = ?")
        between = try connection.prepare("SELECT \(columns) FROM operation WHERE id BETWEEN ? AND ? LIMIT ?")
        put = try connection.prepare("REPLACE INTO operation (\(columns)) VALUES (\(parameters))")
        following = try connection.prepare(
            "SELECT \(columns) FROM operation WHERE id > ? ORDER BY id LIMIT \(Self.batch)")
        createdIn = try connection.prepare(
            "SELECT \(columns) FROM operation WHERE created_ms > ? AND created_ms <= ?")
        nth = try connection.prepare(
            "SELECT created_ms FROM operation WHERE created_ms > ? ORDER BY created_ms LIMIT 1 OFFSET ?")
        let isHere = "flags & \(OperationFlag.hasExpired) = 0"
        deleteUntil = try connection.prepare(
            "DELETE FROM operation WHERE created_ms <= ?1 AND (created_ms <= ?2 OR status >= 2 AND \(isHere))"
                + " AND (status >= 2 OR NOT \(isHere)) AND (left_ms IS NULL OR left_ms <= ?3) RETURNING id, verdict")
        // `status < 2` lets SQLite use the partial index, whose condition must stand in the query word for word.
        unfinished = try connection.prepare(
            "SELECT id, created_ms FROM operation WHERE status < 2 AND status = ? AND created_ms > ? AND \(isHere) ORDER BY created_ms"
        )
        unfinishedUntil = try connection.prepare(
            "SELECT \(columns) FROM operation WHERE status < 2 AND status IN (0, 1) AND created_ms <= ? AND \(isHere)")
        overdue = try connection.prepare(
            "SELECT id FROM operation WHERE status < 2 AND status IN (0, 1) AND created_ms <= ?1 AND \(isHere)"
                + " UNION ALL SELECT id FROM operation WHERE left_ms IS NOT NULL AND status >= 2 AND created_ms <= ?1"
                + " ORDER BY id")
        oldestUnfinished = try connection.prepare(
            "SELECT min(created_ms) FROM operation WHERE status < 2 AND status = ? AND \(isHere)")
        let inSpan = "SELECT id, created_ms FROM operation WHERE created_ms >= ? AND created_ms <= ? AND \(isHere)"
        oldestFirst = try connection.prepare("\(inSpan) ORDER BY created_ms")
        newestFirst = try connection.prepare("\(inSpan) ORDER BY created_ms DESC LIMIT 1")
    }

    /// The rows that are held of the given ids, by id.
    func rows(ids: [String]) throws(SQLiteError) -> [String: LedgerRow] {
        var rows: [String: LedgerRow] = [:]
        guard try !readTogether(ids, into: &rows) else { return rows }
        for id in ids where rows[id] == nil {
            try find.bind(id, at: 1)
            try find.forEachRow { statement throws(SQLiteError) in rows[id] = try Self.checkedRow(at: statement) }
        }
        return rows
    }

    /// Reads the rows of ids from the first to the last as they lie, which for a page of the list takes half the time of
    /// looking for each. False where too many others lie between them: then some may be missing.
    private func readTogether(_ ids: [String], into rows: inout [String: LedgerRow]) throws(SQLiteError) -> Bool {
        guard let first = ids.min(), let last = ids.max() else { return true }
        lazy var wanted = Set(ids)
        let limit = 2 * ids.count
        var seen = 0
        try between.bind(first, at: 1)
        try between.bind(last, at: 2)
        try between.bind(Int64(limit), at: 3)
        try between.forEachRow { statement throws(SQLiteError) in
            seen += 1
            rows.reserveCapacity(ids.count)
            let id = try statement.id(0)
            if wanted.contains(id) { rows[id] = try Self.checkedRow(at: statement) }
        }
        return seen < limit
    }

    /// Some of the rows whose ids come after an id, in their order; none at the end.
    func rows(after id: String) throws(SQLiteError) -> [LedgerRow] {
        var rows: [LedgerRow] = []
        try following.bind(id, at: 1)
        try following.forEachRow { statement throws(SQLiteError) in
            rows.append(try Self.checkedRow(at: statement))
        }
        return rows
    }

    /// Inserts the row, or replaces the one with its id.
    func save(_ row: LedgerRow) throws(SQLiteError) {
        try put.bind(row.id, at: 1)
        try put.bind(row.createdAt.milliseconds, at: 2)
        try put.bind(row.updatedAt?.milliseconds, at: 3)
        try put.bind(Int64(row.status.rawValue), at: 4)
        try put.bind(row.flags, at: 5)
        var parameter: Int32 = 6
        for stat in Stat.allCases {
            try put.bind(row.stats[stat], at: parameter)
            parameter += 1
        }
        for milestone in Milestone.allCases {
            try put.bind(row.marks[milestone], at: parameter)
            parameter += 1
        }
        try put.bind(row.checksum(), at: parameter)
        let verdict = row.verdict.flatMap { StatsReading.allCases.firstIndex(of: $0) }
        try put.bind(verdict.map(Int64.init), at: parameter + 1)
        try put.bind(row.olderSince?.milliseconds, at: parameter + 2)
        try put.bind(row.excess.sent, at: parameter + 3)
        try put.bind(row.excess.delivered, at: parameter + 4)
        try put.bind(row.leftAt?.milliseconds, at: parameter + 5)
        try put.run()
    }

    /// Brings all rows of an older version of the schema to the present one: `change` is called with each, which is then
    /// saved. Version 1 had no checksums, so its rows are taken for what was saved. Runs inside the caller's transaction.
    func migrate(from schema: Int64, _ change: (inout LedgerRow) -> Void) throws(SQLiteError) {
        var last = ""
        var rows: [LedgerRow] = []
        repeat {
            rows = []
            try following.bind(last, at: 1)
            try following.forEachRow { statement throws(SQLiteError) in
                rows.append(try schema == 1 ? LedgerRow(at: statement) : Self.checkedRow(at: statement, schema: schema))
            }
            for index in rows.indices {
                change(&rows[index])
                try save(rows[index])
            }
            last = rows.last?.id ?? last
        } while rows.count == Self.batch
    }

    /// Calls `body` with each row created after `start`, up to and including `end`.
    func forEachRow(
        createdAfter start: Timestamp, to end: Timestamp, _ body: (LedgerRow) throws(SQLiteError) -> Void
    ) throws(SQLiteError) {
        try createdIn.bind(start.milliseconds, at: 1)
        try createdIn.bind(end.milliseconds, at: 2)
        try createdIn.forEachRow { statement throws(SQLiteError) in
            let row = try Self.checkedRow(at: statement)
            // An index that is damaged can lead to any row.
            guard row.createdAt > start, row.createdAt <= end else { throw .damage("an index is not what was saved") }
            try body(row)
        }
    }

    /// Creation time of the row that is `number` rows after `start`, or nil where there are fewer.
    func creation(ofRow number: Int64, createdAfter start: Timestamp) throws(SQLiteError) -> Timestamp? {
        try nth.bind(start.milliseconds, at: 1)
        try nth.bind(number - 1, at: 2)
        defer { nth.reset() }
        return try nth.step() ? required(nth.time(0)) : nil
    }

    /// Deletes the rows of finished operations created up to and including `end` that did not leave the gauges later than
    /// `left`, and of expired ones created up to and including `expired`; returns their ids and last verdicts.
    func deleteRows(
        createdTo end: Timestamp, expiredTo expired: Timestamp, leftTo left: Timestamp
    ) throws(SQLiteError) -> [(id: String, verdict: StatsReading?)] {
        try deleteUntil.bind(end.milliseconds, at: 1)
        try deleteUntil.bind(expired.milliseconds, at: 2)
        try deleteUntil.bind(left.milliseconds, at: 3)
        var rows: [(id: String, verdict: StatsReading?)] = []
        try deleteUntil.forEachRow { row throws(SQLiteError) in
            rows.append((try row.id(0), try row.choice(1, of: StatsReading.allCases)))
        }
        return rows
    }

    /// The operations last seen in `status`, oldest first.
    func unfinished(
        _ status: OperationStatus, createdAfter edge: Timestamp
    ) throws(SQLiteError) -> [(id: String, createdAt: Timestamp)] {
        try unfinished.bind(Int64(status.rawValue), at: 1)
        try unfinished.bind(edge.milliseconds, at: 2)
        var operations: [(id: String, createdAt: Timestamp)] = []
        try unfinished.forEachRow { row throws(SQLiteError) in
            operations.append((try row.id(0), try required(row.time(1))))
        }
        return operations
    }

    /// The unfinished rows created up to and including `end`; without those that have expired.
    func unfinishedRows(createdTo end: Timestamp) throws(SQLiteError) -> [LedgerRow] {
        try unfinishedUntil.bind(end.milliseconds, at: 1)
        var rows: [LedgerRow] = []
        try unfinishedUntil.forEachRow { statement throws(SQLiteError) in
            rows.append(try Self.checkedRow(at: statement))
        }
        return rows
    }

    /// Ids of the operations created up to and including `edge` that are unfinished, or finished when they were past it.
    func overdueIDs(createdTo edge: Timestamp) throws(SQLiteError) -> [String] {
        try overdue.bind(edge.milliseconds, at: 1)
        var ids: [String] = []
        try overdue.forEachRow { row throws(SQLiteError) in ids.append(try row.id(0)) }
        return ids
    }

    /// Creation time of the oldest operation last seen in `status`, the expired left out.
    func oldestCreation(_ status: OperationStatus) throws(SQLiteError) -> Timestamp? {
        try oldestUnfinished.bind(Int64(status.rawValue), at: 1)
        defer { oldestUnfinished.reset() }
        return try oldestUnfinished.step() ? oldestUnfinished.time(0) : nil
    }

    /// The oldest operation created from `start` to `end` whose id is wanted, the expired left out.
    func oldest(
        from start: Timestamp, to end: Timestamp, where isWanted: (String) -> Bool
    ) throws(SQLiteError) -> (id: String, createdAt: Timestamp)? {
        try oldestFirst.bind(start.milliseconds, at: 1)
        try oldestFirst.bind(end.milliseconds, at: 2)
        defer { oldestFirst.reset() }
        while try oldestFirst.step() {
            let id = try oldestFirst.id(0)
            if isWanted(id) { return (id, try required(oldestFirst.time(1))) }
        }
        return nil
    }

    /// The newest operation created from `start` to `end`, the expired left out.
    func newest(from start: Timestamp, to end: Timestamp) throws(SQLiteError) -> (id: String, createdAt: Timestamp)? {
        try newestFirst.bind(start.milliseconds, at: 1)
        try newestFirst.bind(end.milliseconds, at: 2)
        defer { newestFirst.reset() }
        guard try newestFirst.step() else { return nil }
        return (try newestFirst.id(0), try required(newestFirst.time(1)))
    }

    /// Throws damage where a creation time is out of bounds, which no question for a span of time would ever find.
    func checkCreations() throws(SQLiteError) {
        for end in ["min", "max"] {
            try connection.prepare("SELECT \(end)(created_ms) FROM operation").forEachRow { row throws(SQLiteError) in
                _ = try row.time(0)
            }
        }
    }

    /// Creation time of the newest operation.
    func newestCreation() throws(SQLiteError) -> Timestamp? {
        try newest(from: LedgerBounds.times.lowerBound, to: LedgerBounds.times.upperBound)?.createdAt
    }
}
