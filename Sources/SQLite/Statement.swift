internal import CSQLite

/// One compiled statement. Columns count from 0 and parameters from 1, as in SQLite.
///
/// A statement that has been stepped holds its read open until it is done or `reset`; `run` and `forEachRow` always
/// leave it reset.
package final class Statement {
    private let handle: OpaquePointer
    private let connection: Connection

    init(_ handle: OpaquePointer, of connection: Connection) {
        self.handle = handle
        self.connection = connection
    }

    deinit {
        sqlite3_finalize(handle)
    }

    package func bind(_ value: Int64?, at parameter: Int32) throws(SQLiteError) {
        guard let value else { return try connection.check(sqlite3_bind_null(handle, parameter)) }
        try connection.check(sqlite3_bind_int64(handle, parameter, value))
    }

    package func bind(_ text: String, at parameter: Int32) throws(SQLiteError) {
        var text = text
        let code = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                // An empty string may have no address, and a null one would bind NULL.
                characters.baseAddress.map {
                    csqlite_bind_text(handle, parameter, $0, Int32(clamping: characters.count))
                } ?? csqlite_bind_text(handle, parameter, "", 0)
            }
        }
        try connection.check(code)
    }

    /// Steps to the next row; false when there is none, which also resets the statement.
    package func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW:
            return true
        case SQLITE_DONE:
            sqlite3_reset(handle)
            return false
        case let code:
            let error = SQLiteError(code: code, connection: connection.handle)
            sqlite3_reset(handle)
            throw error
        }
    }

    /// Runs a statement whose rows, if any, do not matter.
    package func run() throws(SQLiteError) {
        defer { reset() }
        _ = try step()
    }

    /// Calls `body` for each row; the statement is at that row during the call.
    package func forEachRow(_ body: (Statement) throws(SQLiteError) -> Void) throws(SQLiteError) {
        defer { reset() }
        while try step() { try body(self) }
    }

    /// Ends the read a step began; parameters keep their values.
    package func reset() {
        sqlite3_reset(handle)
    }

    /// The column of the current row, which must hold an integer or NULL; nil for NULL. Throws damage for anything else, which
    /// SQLite would convert.
    package func wholeNumber(_ column: Int32) throws(SQLiteError) -> Int64? {
        switch sqlite3_column_type(handle, column) {
        case SQLITE_NULL: return nil
        case SQLITE_INTEGER: return sqlite3_column_int64(handle, column)
        default: throw .damage("a number is none")
        }
    }

    /// The column of the current row, which must hold text in Unicode; throws damage for anything else.
    package func string(_ column: Int32) throws(SQLiteError) -> String {
        guard sqlite3_column_type(handle, column) == SQLITE_TEXT, let bytes = sqlite3_column_text(handle, column),
            let text = String(
                validating: UnsafeBufferPointer(
                    start: bytes, count: Int(sqlite3_column_bytes(handle, column))), as: UTF8.self)
        else { throw .damage("a text is none") }
        return text
    }

    /// The column of the current row as an integer; nil for NULL.
    package func integer(_ column: Int32) -> Int64? {
        sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : sqlite3_column_int64(handle, column)
    }

    /// The column of the current row as text; empty for NULL.
    package func text(_ column: Int32) -> String {
        guard let bytes = sqlite3_column_text(handle, column) else { return "" }
        let length = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: length), as: UTF8.self)
    }
}
