internal import SQLite

/// The tables of a ledger file, version 4.
///
/// Version 1 had no checksums, version 2 one reading for the whole ledger and no verdicts, and version 3 let every operation
/// go after 7 days. A file of an older version is brought to the present one when it is opened, and a copy of it stays beside
/// it: see `LedgerDatabase`.
///
/// `operation` is clustered by id: the API's ids begin with their time, so what is created together lies together, and
/// a page of the list touches few pages of the file. Ids in another order work too, only slower.
enum Schema {
    static let version: Int64 = 4
    /// Marks the file as ours: "TCXL" (https://sqlite.org/pragma.html#pragma_application_id).
    static let applicationID: Int64 = 0x5443_584C

    /// The kinds of a database with content.
    enum Finding: Equatable {
        case current
        /// A ledger of an older version, to be taken over by `migrate`.
        case older(Int64)
        case unusable(String)
    }

    /// The definitions, as SQLite keeps them word for word in `sqlite_schema`. Names of stats and milestones and the
    /// numbers of statuses stand in the file too, and checksums run over them in their order: another name, number or order,
    /// one more or one less is another version.
    static let definitions = definitions(version)

    private static func definitions(_ version: Int64) -> [String] {
        let checksum = version > 1 ? ", \(checksumColumn)" : ""
        let reading = version > 2 ? readingColumns.map { ", \($0)" }.joined() : ""
        let left = version > 3 ? ", \(leftColumn)" : ""
        return common + [operationTable(checksum + reading + left)] + indexes + (version > 3 ? [leftIndex] : [])
    }

    private static let checksumColumn = "checksum INTEGER NOT NULL DEFAULT 0"
    private static let readingColumns = OperationColumn.reading.map { "\($0) INTEGER" }
    private static let leftColumn = "\(OperationColumn.left) INTEGER"

    private static let common = [
        "CREATE TABLE ledger (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
        "CREATE TABLE total (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE TABLE duration (bound_s INTEGER PRIMARY KEY, count INTEGER NOT NULL)",
        "CREATE TABLE window (status INTEGER, key TEXT, value INTEGER NOT NULL, PRIMARY KEY (status, key)) WITHOUT ROWID",
        "CREATE TABLE coverage (start_ms INTEGER PRIMARY KEY, end_ms INTEGER NOT NULL)",
    ]
    private static let indexes = [
        "CREATE INDEX operation_by_creation ON operation (created_ms)",
        "CREATE INDEX operation_unfinished ON operation (status, created_ms) WHERE status < 2",
    ]
    private static let leftIndex = "CREATE INDEX operation_left ON operation (left_ms) WHERE left_ms IS NOT NULL"

    private static func operationTable(_ lastColumns: String) -> String {
        "CREATE TABLE operation (id TEXT PRIMARY KEY, created_ms INTEGER NOT NULL, updated_ms INTEGER,"
            + " status INTEGER NOT NULL, flags INTEGER NOT NULL,"
            + " \(OperationColumn.stats.joined(separator: " INTEGER, ")) INTEGER,"
            + " \(OperationColumn.marks.joined(separator: " INTEGER NOT NULL, ")) INTEGER NOT NULL"
            + "\(lastColumns)) WITHOUT ROWID"
    }

    /// Makes the tables of an empty database. Runs inside the caller's transaction.
    static func create(in connection: Connection) throws(SQLiteError) {
        for definition in definitions { try connection.execute(definition) }
        try connection.execute("PRAGMA application_id = \(applicationID)")
        try connection.execute("PRAGMA user_version = \(version)")
    }

    /// Gives a database of an older version the tables of the present one. Runs inside the caller's transaction.
    static func migrate(_ connection: Connection, from older: Int64) throws(SQLiteError) {
        let columns = (older < 2 ? [checksumColumn] : []) + (older < 3 ? readingColumns : []) + [leftColumn]
        for column in columns { try connection.execute("ALTER TABLE operation ADD COLUMN \(column)") }
        try connection.execute(leftIndex)
        try connection.execute("DELETE FROM ledger WHERE key = 'proven_reading'")
        try connection.execute("PRAGMA user_version = \(version)")
    }

    /// Examines a database that has content, without writing to it.
    static func examine(_ connection: Connection) throws(SQLiteError) -> Finding {
        guard try connection.integer("PRAGMA application_id") == applicationID else {
            return .unusable("it is not a ledger")
        }
        let found = try connection.integer("PRAGMA user_version") ?? 0
        guard (1...version).contains(found) else {
            return .unusable("it has schema \(found), and this exporter knows \(version)")
        }
        if let difference = try difference(of: connection, from: definitions(found)) {
            return .unusable("its tables are not those of schema \(found): \(difference)")
        }
        return found < version ? .older(found) : .current
    }

    /// The first thing in `sqlite_schema` that is not as defined, word for word: triggers, views, tables, columns and indexes
    /// of somebody else could make every statement do something else, or never end.
    private static func difference(
        of connection: Connection, from definitions: [String]
    ) throws(SQLiteError) -> String? {
        var missing = definitions
        let statement = try connection.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema")
        defer { statement.reset() }
        while try statement.step() {
            let (type, name, table) = (try statement.string(0), try statement.string(1), try statement.string(2))
            let sql = statement.text(3)
            guard let index = missing.firstIndex(of: sql), isNamed(type, name, table, in: sql) else {
                return "it has a \(type.prefix(20)) \"\(name.prefix(60))\" that is not ours"
            }
            missing.remove(at: index)
        }
        return missing.first.map {
            "it lacks the \($0.split(separator: " ")[1...2].joined(separator: " ").lowercased())"
        }
    }

    /// True if a definition, `CREATE TABLE name …` or `CREATE INDEX name ON table …`, is that of the thing.
    private static func isNamed(_ type: String, _ name: String, _ table: String, in sql: String) -> Bool {
        let words = sql.split(separator: " ")
        return words.count > 4 && words[1].lowercased() == type && words[2] == name
            && (type == "table" ? table == name : words[4] == table)
    }
}
