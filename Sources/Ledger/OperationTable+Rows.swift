internal import Operations
internal import SQLite

/// The bits of the column `flags`.
enum OperationFlag {
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

extension LedgerRow {
    /// The value of the column `flags`.
    var flags: Int64 {
        (countsFromZero ? OperationFlag.countsFromZero : 0)
            | (wasCompleted ? OperationFlag.wasCompleted : 0)
            | (wasCanceled ? OperationFlag.wasCanceled : 0)
            | (hasContradicted ? OperationFlag.hasContradicted : 0)
            | (waits ? OperationFlag.waits : 0)
            | (hasBaseline ? OperationFlag.hasBaseline : 0)
            | (hasExpired ? OperationFlag.hasExpired : 0)
            | (wasExpired ? OperationFlag.wasExpired : 0)
            | fallen.bits << OperationFlag.fallen
            | unread.bits << OperationFlag.unread
    }

    /// Reads all columns in the order of `OperationColumn.all`, and throws damage unless each is within its bounds.
    init(at statement: Statement) throws(SQLiteError) {
        let flags = try required(statement.wholeNumber(4))
        let has = { flags & $0 != 0 }
        let firstMark = OperationColumn.fixed.count + OperationColumn.stats.count
        let reading = OperationColumn.checksumIndex + 1
        self.init(
            id: try statement.id(0), createdAt: try required(statement.time(1)), updatedAt: try statement.time(2),
            status: try statement.status(3),
            stats: try Self.stats(at: statement, from: Int32(OperationColumn.fixed.count)),
            marks: try Self.marks(at: statement, from: Int32(firstMark)), isHeld: true,
            countsFromZero: has(OperationFlag.countsFromZero), wasCompleted: has(OperationFlag.wasCompleted),
            wasCanceled: has(OperationFlag.wasCanceled), hasExpired: has(OperationFlag.hasExpired),
            wasExpired: has(OperationFlag.wasExpired), leftAt: try statement.time(reading + 4),
            verdict: try statement.choice(reading, of: StatsReading.allCases),
            hasContradicted: has(OperationFlag.hasContradicted), waits: has(OperationFlag.waits),
            fallen: MilestoneSet(bits: flags >> OperationFlag.fallen & OperationFlag.milestones),
            olderSince: try statement.time(reading + 1), hasBaseline: has(OperationFlag.hasBaseline),
            unread: MilestoneSet(bits: flags >> OperationFlag.unread & OperationFlag.milestones),
            excess: Excess(
                sent: try statement.count(reading + 2) ?? 0, delivered: try statement.count(reading + 3) ?? 0))
        guard flags == self.flags else { throw .damage("an operation has flags that stand for nothing") }
    }

    private static func stats(at statement: Statement, from column: Int32) throws(SQLiteError) -> Stats {
        var stats = Stats()
        for stat in Stat.allCases { stats[stat] = try statement.count(column + Int32(stat.rawValue)) }
        return stats
    }

    private static func marks(at statement: Statement, from column: Int32) throws(SQLiteError) -> Marks {
        var marks = Marks()
        for milestone in Milestone.allCases {
            marks[milestone] = try required(statement.count(column + Int32(milestone.rawValue)))
        }
        return marks
    }
}

extension OperationTable {
    /// The row, which must be what was saved.
    static func checkedRow(at statement: Statement, schema: Int64 = Schema.version) throws(SQLiteError) -> LedgerRow {
        let row = try LedgerRow(at: statement)
        guard try statement.wholeNumber(OperationColumn.checksumIndex) == row.checksum(schema: schema) else {
            throw .damage("an operation is not what was saved")
        }
        return row
    }
}
