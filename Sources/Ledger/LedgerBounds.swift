internal import Operations
internal import SQLite

/// The bounds of the values in a ledger: within them no arithmetic overflows. Checksums say that the disk holds what was
/// written, and not who wrote it; so a value out of bounds is damage, whatever they say.
enum LedgerBounds {
    /// From 1969, since a machine's clock may begin in 1970 and retention's edge is older than birth, to the end of the year
    /// 10000, since the API's dates end with 9999.
    static let times = Timestamp(seconds: -31_536_000)...Timestamp(seconds: 253_433_923_200)
    /// More than four counts of 2^53, the largest that is read of the API, and so little that ten times all readings of the
    /// account, or the sum of a histogram's buckets, is below 2^63.
    static let largestCount: Int64 = 1 << 58
    /// The longest id: of the API's, none of more than 128 bytes is read.
    static let longestID = 8192
    /// More holes in what was listed than a week of polls leaves: each poll lists the last hour as well.
    static let mostSpans = 100_000
    /// The longest text or row: the definition of the widest table has a thousand bytes.
    static let longestValue: Int32 = 65_536
    /// No statement needs more steps of SQLite's machine before the file is known to be sound; these take a second or two.
    static let mostSteps: Int32 = 50_000_000
}

extension Int64 {
    /// The sum of two counts, kept within what a ledger can hold.
    func addingCount(_ other: Int64) -> Int64 {
        Swift.min(LedgerBounds.largestCount, Swift.max(0, addingClamped(other)))
    }
}

extension Statement {
    /// The column of the current row as a time; nil for NULL. Throws damage out of bounds.
    func time(_ column: Int32) throws(SQLiteError) -> Timestamp? {
        guard let time = try wholeNumber(column).map({ Timestamp(milliseconds: $0) }) else { return nil }
        guard LedgerBounds.times.contains(time) else { throw .damage("a time is out of bounds") }
        return time
    }

    /// The column of the current row as a count; nil for NULL. Throws damage out of bounds.
    func count(_ column: Int32) throws(SQLiteError) -> Int64? {
        guard let count = try wholeNumber(column) else { return nil }
        guard (0...LedgerBounds.largestCount).contains(count) else { throw .damage("a count is out of bounds") }
        return count
    }

    /// The case that the column of the current row numbers; nil for NULL. Throws damage where there is no such case.
    func choice<Case>(_ column: Int32, of cases: [Case]) throws(SQLiteError) -> Case? {
        guard let number = try wholeNumber(column) else { return nil }
        guard let index = Int(exactly: number), cases.indices.contains(index) else {
            throw .damage("a number stands for nothing")
        }
        return cases[index]
    }

    /// The column of the current row as a status; throws damage where it is none.
    func status(_ column: Int32) throws(SQLiteError) -> OperationStatus {
        guard let number = try wholeNumber(column), let rawValue = UInt8(exactly: number),
            let status = OperationStatus(rawValue: rawValue)
        else { throw .damage("a status is none") }
        return status
    }

    /// The column of the current row as the id of an operation. Throws damage where it is none.
    func id(_ column: Int32) throws(SQLiteError) -> String {
        let id = try string(column)
        guard (1...LedgerBounds.longestID).contains(id.utf8.count) else { throw .damage("an id is out of bounds") }
        return id
    }
}

/// A value that must not be NULL; throws damage where it is.
func required<Value>(_ value: Value?) throws(SQLiteError) -> Value {
    guard let value else { throw .damage("a value is missing") }
    return value
}
