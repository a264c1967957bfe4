internal import CSQLite

/// One open database. Not Sendable: whoever owns it calls it from one place at a time, so SQLite's own mutexes are off.
package final class Connection {
    /// How long a statement waits for another program, such as a backup, to let go of the database.
    private static let busyMilliseconds: Int32 = 2000

    let handle: OpaquePointer

    /// The most bytes of the path of a file that this library opens, so that its journal's is within 512 bytes as well
    /// (`MAX_PATHNAME` in SQLite's os_unix.c).
    package static let longestPath = 504

    /// Opens a database file for reading and writing, made if it is missing; `:memory:` opens one that lives as long as
    /// the connection.
    package init(path: String) throws(SQLiteError) {
        handle = try Self.open(Self.name(ofFile: path), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
        // SQLITE_OPEN_READWRITE settles for reading where the file allows no more
        // (https://sqlite.org/c3ref/open.html), and only the first write would tell.
        guard !isReadOnly else { throw SQLiteError(code: SQLITE_READONLY, message: "the file is read-only") }
    }

    /// The name by which SQLite knows the file at a path. A path that begins with `file:` would be a URI where the library is
    /// built so, as Debian's is (https://sqlite.org/uri.html).
    package static func name(ofFile path: String) -> String {
        path == ":memory:" || path.hasPrefix("/") ? path : "./" + path
    }

    /// From now on runs nothing that the file brings along, takes no value or row of more than `longestValue` bytes, and
    /// checks each page it reads: for files that anybody may have written (https://sqlite.org/security.html section 1.2).
    package func distrust(longestValue: Int32) throws(SQLiteError) {
        for (option, value) in Self.distrustful { try check(csqlite_configure(handle, option, value)) }
        sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, longestValue)
        try execute("PRAGMA cell_size_check = ON")
    }

    private static let distrustful: [(option: Int32, value: Int32)] = [
        (SQLITE_DBCONFIG_DEFENSIVE, 1), (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0), (SQLITE_DBCONFIG_ENABLE_TRIGGER, 0),
        (SQLITE_DBCONFIG_ENABLE_VIEW, 0), (SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0),
    ]

    /// Ends each statement that takes more steps than this of SQLite's machine with an error that `isExcess`; nil lifts the
    /// limit. A crafted file can make any statement endless (https://sqlite.org/c3ref/progress_handler.html).
    package func limitSteps(to steps: Int32?) {
        sqlite3_progress_handler(handle, steps ?? 0, steps == nil ? nil : { _ in 1 }, nil)
    }

    /// Leaves the write-ahead log as it is when the connection closes: it may be another process's by now. SQLite does so by
    /// itself where the database has lost its name (`databaseIsUnmoved` in its pager.c).
    package func keepLogWhenClosed() {
        _ = csqlite_configure(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    }

    /// Opens a database file to read it, and leaves it as it is. One that is `isWhole`, with no log beside it, is read without
    /// locks and leaves no trace in its folder; nobody may write to it meanwhile (https://sqlite.org/uri.html#uriimmutable).
    package init(reading path: String, isWhole: Bool) throws(SQLiteError) {
        let name = Self.uri(of: path) + (isWhole ? "?immutable=1" : "")
        handle = try Self.open(name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI)
    }

    private static func open(_ name: String, _ mode: Int32) throws(SQLiteError) -> OpaquePointer {
        _ = statisticsAreLeftOut
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(name, &handle, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let handle else {
            let error = SQLiteError(code: code, connection: handle)
            // "Whether or not an error occurs when it is opened, resources … should be released by passing it to
            // sqlite3_close()": https://sqlite.org/c3ref/open.html
            sqlite3_close_v2(handle)
            throw error
        }
        sqlite3_busy_timeout(handle, busyMilliseconds)
        return handle
    }

    /// The URI of a file: other bytes than those of plain names are escaped (https://sqlite.org/uri.html).
    private static func uri(of path: String) -> String {
        let plain = Set("/-._~".utf8)
        return path.utf8.reduce(into: path.hasPrefix("/") ? "file://" : "file:") { uri, byte in
            let scalar = Unicode.Scalar(byte)
            if plain.contains(byte) || scalar.isASCII && scalar.properties.isAlphabetic || "0"..."9" ~= scalar {
                uri.unicodeScalars.append(scalar)
            } else {
                uri += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
    }

    /// Whether nothing can be written: known of a file's permissions from the start, and of what its header says from the
    /// first read on.
    package var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") != 0 }

    deinit {
        // v2 waits for statements that outlive the connection: https://sqlite.org/c3ref/close.html
        sqlite3_close_v2(handle)
    }

    /// Runs one or more statements that return nothing of interest.
    package func execute(_ sql: String) throws(SQLiteError) {
        try check(sqlite3_exec(handle, sql, nil, nil, nil))
    }

    /// Writes the database to a file where there is none (https://sqlite.org/lang_vacuum.html#vacuuminto).
    package func copy(to path: String) throws(SQLiteError) {
        let statement = try prepare("VACUUM INTO ?")
        try statement.bind(Self.name(ofFile: path), at: 1)
        try statement.run()
    }

    /// Compiles a statement that will be run many times.
    package func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        var statement: OpaquePointer?
        try check(sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil))
        guard let statement else { throw SQLiteError(code: SQLITE_MISUSE, message: "no statement in \"\(sql)\"") }
        return Statement(statement, of: self)
    }

    /// The first column of the first row as an integer, or nil where there is no row or it is NULL.
    package func integer(_ sql: String) throws(SQLiteError) -> Int64? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.integer(0) : nil
    }

    /// Runs `body` as one transaction: committed when it returns, rolled back when it or the commit fails.
    package func transaction(_ body: () throws(SQLiteError) -> Void) throws(SQLiteError) {
        try execute("BEGIN IMMEDIATE")
        do {
            try body()
            try execute("COMMIT")
        } catch {
            // A full disk may have rolled back already, which leaves nothing to roll back here:
            // https://sqlite.org/lang_transaction.html section 3.1.
            if sqlite3_get_autocommit(handle) == 0 { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
            throw error
        }
    }

    func check(_ code: Int32) throws(SQLiteError) {
        guard code == SQLITE_OK else { throw SQLiteError(code: code, connection: handle) }
    }
}

/// Whether it came before any other use of SQLite in the process, which is once.
private let statisticsAreLeftOut = csqlite_leave_out_statistics() == SQLITE_OK
