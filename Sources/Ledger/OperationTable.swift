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
    private enum Flag {
        static let countsFromZero: Int64 = 1
        static let wasCompleted: Int64 = 2
        static let wasCanceled: Int64 = 4
        static let hasContradicted: Int64 = 8
        static let waits: Int64 = 16
        static let hasBaseline: Int64 = 32
        static let hasExpired: Int64 = 64
        static let wasExpired: Int64 = 128
        /// The places of the first bits of the milestones that have fallen, and of those that could not be read.
        static let fallen: Int64 = 8
        static let unread: Int64 = 24
        static let milestones: Int64 = 0xFFFF
    }

    /// Rows that are saved anew at once while all of them are.
    private static let batch = 1000

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
        let isHere = "flags & \(Flag.hasExpired) = 0"
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
            let id = statement.text(0)
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
        try put.bind(Self.flags(of: row), at: 5)
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
                rows.append(try schema == 1 ? Self.row(at: statement) : Self.checkedRow(at: statement, schema: schema))
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
        return try nth.step() ? nth.integer(0).map { Timestamp(milliseconds: $0) } : nil
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
        try deleteUntil.forEachRow { rows.append(($0.text(0), Self.reading($0.integer(1)))) }
        return rows
    }

    /// The operations last seen in `status`, oldest first.
    func unfinished(
        _ status: OperationStatus, createdAfter edge: Timestamp
    ) throws(SQLiteError) -> [(id: String, createdAt: Timestamp)] {
        try unfinished.bind(Int64(status.rawValue), at: 1)
        try unfinished.bind(edge.milliseconds, at: 2)
        var operations: [(id: String, createdAt: Timestamp)] = []
        try unfinished.forEachRow {
            operations.append(($0.text(0), Timestamp(milliseconds: $0.integer(1) ?? 0)))
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
        try overdue.forEachRow { ids.append($0.text(0)) }
        return ids
    }

    /// Creation time of the oldest operation last seen in `status`, the expired left out.
    func oldestCreation(_ status: OperationStatus) throws(SQLiteError) -> Timestamp? {
        try oldestUnfinished.bind(Int64(status.rawValue), at: 1)
        defer { oldestUnfinished.reset() }
        return try oldestUnfinished.step() ? Self.time(oldestUnfinished, 0) : nil
    }

    /// The oldest operation created from `start` to `end` whose id is wanted, the expired left out.
    func oldest(
        from start: Timestamp, to end: Timestamp, where isWanted: (String) -> Bool
    ) throws(SQLiteError) -> (id: String, createdAt: Timestamp)? {
        try oldestFirst.bind(start.milliseconds, at: 1)
        try oldestFirst.bind(end.milliseconds, at: 2)
        defer { oldestFirst.reset() }
        while try oldestFirst.step() {
            let id = oldestFirst.text(0)
            if isWanted(id), let createdAt = Self.time(oldestFirst, 1) { return (id, createdAt) }
        }
        return nil
    }

    /// The newest operation created from `start` to `end`, the expired left out.
    func newest(from start: Timestamp, to end: Timestamp) throws(SQLiteError) -> (id: String, createdAt: Timestamp)? {
        try newestFirst.bind(start.milliseconds, at: 1)
        try newestFirst.bind(end.milliseconds, at: 2)
        defer { newestFirst.reset() }
        guard try newestFirst.step(), let createdAt = Self.time(newestFirst, 1) else { return nil }
        return (newestFirst.text(0), createdAt)
    }

    /// Creation time of the newest operation.
    func newestCreation() throws(SQLiteError) -> Timestamp? {
        try newest(from: Timestamp(milliseconds: .min), to: Timestamp(milliseconds: .max))?.createdAt
    }

    private static func time(_ statement: Statement, _ column: Int32) -> Timestamp? {
        statement.integer(column).map { Timestamp(milliseconds: $0) }
    }

    private static func flags(of row: LedgerRow) -> Int64 {
        (row.countsFromZero ? Flag.countsFromZero : 0)
            | (row.wasCompleted ? Flag.wasCompleted : 0)
            | (row.wasCanceled ? Flag.wasCanceled : 0)
            | (row.hasContradicted ? Flag.hasContradicted : 0)
            | (row.waits ? Flag.waits : 0)
            | (row.hasBaseline ? Flag.hasBaseline : 0)
            | (row.hasExpired ? Flag.hasExpired : 0)
            | (row.wasExpired ? Flag.wasExpired : 0)
            | row.fallen.bits << Flag.fallen
            | row.unread.bits << Flag.unread
    }

    /// The row, which must be what was saved.
    private static func checkedRow(
        at statement: Statement, schema: Int64 = Schema.version
    ) throws(SQLiteError) -> LedgerRow {
        let row = try row(at: statement)
        guard statement.integer(OperationColumn.checksumIndex) == row.checksum(schema: schema) else {
            throw .damage("an operation is not what was saved")
        }
        return row
    }

    private static func row(at statement: Statement) throws(SQLiteError) -> LedgerRow {
        var column = Int32(OperationColumn.fixed.count)
        var stats = Stats()
        for stat in Stat.allCases {
            stats[stat] = try count(statement.integer(column))
            column += 1
        }
        var marks = Marks()
        for milestone in Milestone.allCases {
            marks[milestone] = try count(statement.integer(column)) ?? 0
            column += 1
        }
        let flags = statement.integer(4) ?? 0
        let reading = OperationColumn.checksumIndex + 1
        return LedgerRow(
            id: statement.text(0),
            createdAt: Timestamp(milliseconds: statement.integer(1) ?? 0),
            updatedAt: statement.integer(2).map { Timestamp(milliseconds: $0) },
            status: OperationStatus(rawValue: UInt8(clamping: statement.integer(3) ?? -1)) ?? .unknown,
            stats: stats,
            marks: marks,
            isHeld: true,
            countsFromZero: flags & Flag.countsFromZero != 0,
            wasCompleted: flags & Flag.wasCompleted != 0,
            wasCanceled: flags & Flag.wasCanceled != 0,
            hasExpired: flags & Flag.hasExpired != 0,
            wasExpired: flags & Flag.wasExpired != 0,
            leftAt: Self.time(statement, reading + 4),
            verdict: Self.reading(statement.integer(reading)),
            hasContradicted: flags & Flag.hasContradicted != 0,
            waits: flags & Flag.waits != 0,
            fallen: MilestoneSet(bits: flags >> Flag.fallen & Flag.milestones),
            olderSince: statement.integer(reading + 1).map { Timestamp(milliseconds: $0) },
            hasBaseline: flags & Flag.hasBaseline != 0,
            unread: MilestoneSet(bits: flags >> Flag.unread & Flag.milestones),
            excess: Excess(
                sent: try count(statement.integer(reading + 2)) ?? 0,
                delivered: try count(statement.integer(reading + 3)) ?? 0))
    }

    private static func reading(_ index: Int64?) -> StatsReading? {
        let readings = StatsReading.allCases
        return index.flatMap { readings.indices.contains(Int($0)) ? readings[Int($0)] : nil }
    }

    /// A count as this table writes it; sums trust that none is negative.
    private static func count(_ value: Int64?) throws(SQLiteError) -> Int64? {
        guard value ?? 0 >= 0 else { throw .damage("an operation has a negative count") }
        return value
    }
}
