internal import CSQLite

/// A call to SQLite that failed: its extended result code and the library's own words.
///
/// Codes: https://sqlite.org/rescode.html
package struct SQLiteError: Error, Equatable, CustomStringConvertible {
    package let code: Int32
    package let message: String

    /// The file is not a database, its content contradicts itself, or there is more of it than can be.
    package var isDamage: Bool { primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || isExcess }

    /// A value is longer than `distrust` allows, or a statement took more steps than `limitSteps` does.
    package var isExcess: Bool { primary == SQLITE_TOOBIG || primary == SQLITE_INTERRUPT }

    /// Another process holds the database.
    package var isBusy: Bool { primary == SQLITE_BUSY }

    /// Another connection has written since this one last read what it goes by.
    package var isOvertaken: Bool { self == .overtaken }

    /// SQLite takes the statement for wrong, or the format of the file for one it does not know.
    package var isRefusal: Bool { primary == SQLITE_ERROR }

    package var description: String { "\(message) (SQLite \(code))" }

    /// What a file says that SQLite accepts and its owner cannot: for content that contradicts itself.
    package static func damage(_ message: String) -> SQLiteError {
        SQLiteError(code: SQLITE_CORRUPT, message: message)
    }

    /// For a transaction that would undo what another connection has written.
    package static let overtaken = SQLiteError(
        code: SQLITE_BUSY | 2 << 8, message: "another connection has written meanwhile")

    /// What could not be read, where SQLite says so in words alone.
    package static func unreadable(_ message: String) -> SQLiteError {
        SQLiteError(code: SQLITE_IOERR, message: message)
    }

    private var primary: Int32 { code & 0xff }

    init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    init(code: Int32, connection: OpaquePointer?) {
        let text = connection.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(code)
        self.init(code: code, message: text.map { String(cString: $0) } ?? "unknown error")
    }
}
