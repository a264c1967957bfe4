internal import Glibc
internal import Operations
internal import SQLite

/// Takes over a file of an older version of the schema. Each version was on main, so its files are read for ever.
extension LedgerDatabase {
    /// Copies the database to a draft beside the file: the way back to the exporter that wrote it.
    static func copy(_ connection: Connection, at path: String, ofSchema schema: Int64) throws(SQLiteError) {
        let draft = copyPath(path, schema) + ".part"
        unlink(draft)
        try connection.copy(to: draft)
    }

    /// Gives the draft its name once all of it is on the disk: `NAME.schema-2`. One of an earlier upgrade makes room.
    static func makeCopyDurable(at path: String, ofSchema schema: Int64) throws(Failure) {
        let copy = copyPath(path, schema)
        let draft = copy + ".part"
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        guard sync(draft) == 0, rename(draft, copy) == 0, sync(folder.isEmpty ? "/" : folder) == 0 else {
            throw .system("cannot keep a copy as \(copy): \(systemMessage(errno))")
        }
    }

    /// Brings the file to the present version. Totals stay.
    ///
    /// Before version 3 operations had no verdict, since a member that was missing had its last value; of one that is older
    /// than the ledger, what the stats say by now is no gain in either reading. Before version 4 unfinished operations had
    /// expired at the edge of retention.
    static func migrate(_ connection: Connection, from schema: Int64) throws(SQLiteError) {
        try connection.transaction { () throws(SQLiteError) in
            let tables = try StateTables(connection)
            let old = try tables.load(fromSchema: schema)
            var state = old
            // It was what the API said, and stays so.
            if state.birth != nil { state.birthCertainty = .settled }
            try Schema.migrate(connection, from: schema)
            try OperationTable(connection).migrate(from: schema) { row in
                if schema < 3 { row.beginReading() }
                row.hasExpired = row.status.isUnfinished && !state.retains(row.createdAt)
                row.wasExpired = row.hasExpired
            }
            try tables.save(state, over: old)
            try tables.seal(state)
        }
    }

    /// The longest ending of a file beside the database that SQLite opens: the copy of one that is taken back.
    static let longestEnding =
        LedgerFile.asideMark + LedgerFile.stamp(.wallClock()) + "_999" + copyPath("", Schema.version) + ".part"

    private static func copyPath(_ path: String, _ schema: Int64) -> String { "\(path).schema-\(schema)" }

    /// Puts a file, or the names in a folder, on the disk. Returns 0, or -1 with `errno` set.
    static func sync(_ path: String) -> Int32 {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return -1 }
        defer { close(descriptor) }
        return fsync(descriptor)
    }
}
