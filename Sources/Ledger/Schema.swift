internal import SQLite

/// The tables of a ledger file, version 1.
///
/// `operation` is clustered by id: the API's ids begin with their time, so what is created together lies together, and
/// a page of the list touches few pages of the file. Ids in another order work too, only slower.
enum Schema {
    static let version: Int64 = 1
    /// Marks the file as ours: "TCXL" (https://sqlite.org/pragma.html#pragma_application_id).
    static let applicationID: Int64 = 0x5443_584C

    /// Makes the tables of an empty database. Runs inside the caller's transaction.
    static func create(in connection: Connection) throws(SQLiteError) {
        try connection.execute(
            """
            CREATE TABLE ledger (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
            CREATE TABLE total (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
            CREATE TABLE duration (bound_s INTEGER PRIMARY KEY, count INTEGER NOT NULL);
            CREATE TABLE window (status INTEGER, key TEXT, value INTEGER NOT NULL, PRIMARY KEY (status, key))
                WITHOUT ROWID;
            CREATE TABLE coverage (start_ms INTEGER PRIMARY KEY, end_ms INTEGER NOT NULL);
            CREATE TABLE operation (
                id TEXT PRIMARY KEY, created_ms INTEGER NOT NULL, updated_ms INTEGER, status INTEGER NOT NULL,
                flags INTEGER NOT NULL, \(OperationColumn.stats.joined(separator: " INTEGER, ")) INTEGER,
                \(OperationColumn.marks.joined(separator: " INTEGER NOT NULL, ")) INTEGER NOT NULL
            ) WITHOUT ROWID;
            CREATE INDEX operation_by_creation ON operation (created_ms);
            CREATE INDEX operation_unfinished ON operation (status, created_ms) WHERE status < 2;
            PRAGMA application_id = \(applicationID);
            PRAGMA user_version = \(version);
            """)
    }
}
