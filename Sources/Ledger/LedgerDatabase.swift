internal import Operations
internal import SQLite

/// An open ledger database whose schema and owner have been checked.
final class LedgerDatabase {
    /// Why a database could not be opened.
    enum Failure: Error, CustomStringConvertible {
        /// The file is not a ledger of this owner in this schema; it must be set aside.
        case unusable(String)
        case sqlite(SQLiteError)
        /// The system refused something that is not done through SQLite.
        case system(String)

        var description: String {
            switch self {
            case .unusable(let reason): reason
            case .sqlite(let error): error.description
            case .system(let detail): detail
            }
        }
    }

    let connection: Connection
    let operations: OperationTable
    let stateTables: StateTables
    /// The account SID that the ledger belongs to, as last committed; nil while none is known.
    var accountSID: String? { SID.account.isSID(storedSID) ? storedSID : nil }
    /// The text in that place. One that is no SID belongs to nobody and is never shown: earlier exporters stored what was
    /// configured, which may have been a secret.
    private(set) var storedSID: String
    private let pageCount: Statement
    private let pageSize: Int64

    /// Makes an empty ledger at a path where there is nothing yet; all of it is on the disk when this returns. It belongs to
    /// `accountSID`, or to none yet.
    static func create(
        at path: String, for owner: LedgerOwner, accountSID: String? = nil, recoveries: Int64
    ) throws(Failure) {
        try attempt { () throws(SQLiteError) in
            // Without a write-ahead log, which closing would have to put into the file.
            let connection = try Connection(path: path)
            try connection.execute("PRAGMA synchronous = FULL")
            try create(in: connection, for: owner, accountSID: accountSID, recoveries: recoveries)
        }
    }

    /// Opens the database at a path, or makes one in memory. A file with content is examined before anything is written to
    /// it, and one of an older schema is brought to the present one.
    init(path: String, owner: LedgerOwner) throws(Failure) {
        let connection = try Self.attempt { () throws(SQLiteError) in
            let connection = try Connection(path: path)
            try connection.distrust(longestValue: LedgerBounds.longestValue)
            // Until it is known what is there: see `load`.
            connection.limitSteps(to: LedgerBounds.mostSteps)
            return connection
        }
        self.connection = connection
        // Nil where there is nothing yet.
        let finding: Schema.Finding?
        do throws(SQLiteError) {
            finding = try connection.integer("PRAGMA page_count") == 0 ? nil : try Schema.examine(connection)
        } catch {
            // The statements are right, so it is the file that asks for another SQLite.
            throw error.isDamage || error.isRefusal ? .unusable(error.message) : .sqlite(error)
        }
        if case .unusable(let reason) = finding { throw .unusable(reason) }
        // Its permissions are known to be enough (https://sqlite.org/fileformat2.html#file_format_version_numbers).
        guard !connection.isReadOnly else { throw .unusable("its header asks for a newer SQLite to write to it") }
        try Self.attempt { () throws(SQLiteError) in
            try Self.configure(connection)
            if finding == nil { try Self.create(in: connection, for: owner, accountSID: nil, recoveries: 0) }
        }
        storedSID = try Self.checkOwner(connection, owner)
        if case .older(let schema) = finding {
            // A tree that leads back into itself would be copied for ever.
            try Self.attempt { () throws(SQLiteError) in
                connection.limitSteps(to: nil)
                if let fault = try Self.fault(of: connection) { throw .damage(fault) }
            }
            try Self.attempt { () throws(SQLiteError) in try Self.copy(connection, at: path, ofSchema: schema) }
            try Self.makeCopyDurable(at: path, ofSchema: schema)
            try Self.attempt { () throws(SQLiteError) in try Self.migrate(connection, from: schema) }
        }
        (operations, stateTables, pageCount, pageSize) = try Self.attempt { () throws(SQLiteError) in
            (
                try OperationTable(connection), try StateTables(connection),
                try connection.prepare("PRAGMA page_count"), try connection.integer("PRAGMA page_size") ?? 0
            )
        }
    }

    /// The state as last committed, in a bounded time whatever the file holds. What takes longer comes after `fault`.
    func load() throws(Failure) -> LedgerState {
        defer { connection.limitSteps(to: nil) }
        return try Self.attempt { () throws(SQLiteError) in
            var state = try stateTables.load()
            try describe(&state)
            return state
        }
    }

    /// Writes the account SID that the ledger belongs to, or "" for none, over what was stored; `noteSaved` follows the commit.
    func saveAccountSID(_ sid: String) throws(SQLiteError) {
        // It may have been a secret (https://sqlite.org/pragma.html#pragma_secure_delete).
        try connection.execute("PRAGMA secure_delete = ON")
        try Self.put(sid, "account_sid", in: connection)
    }

    /// Takes note of an account SID that has been committed.
    func noteSaved(_ sid: String) { storedSID = sid }

    /// What SQLite finds wrong in the file, in one line, or nil: it reads all of it, and compares each index with its table
    /// (https://sqlite.org/pragma.html#pragma_integrity_check). Throws where it cannot be read, which is no damage.
    func fault() throws(SQLiteError) -> String? {
        if let fault = try Self.fault(of: connection) { return fault }
        do throws(SQLiteError) { try operations.checkCreations() } catch {
            guard error.isDamage else { throw error }
            return error.message
        }
        return nil
    }

    /// The first thing that SQLite's own check finds wrong, in one line, or nil. Throws where the file cannot be read.
    static func fault(of connection: Connection) throws(SQLiteError) -> String? {
        let check = try connection.prepare("PRAGMA integrity_check(1)")
        defer { check.reset() }
        guard try check.step() else { return nil }
        let answer = check.text(0)
        guard answer != "ok" else { return nil }
        let fault = answer.split(separator: "\n").last.map(String.init) ?? "it is damaged"
        // The check says so of a page among all that is wrong (checkList and checkTreePage in SQLite's btree.c), and of one
        // that is damaged with the code of damage, SQLITE_CORRUPT.
        let isUnread = fault.contains("failed to get page") || fault.contains("unable to get the page")
        if isUnread && !fault.contains("error code=11") { throw .unreadable(fault) }
        return fault
    }

    /// Adds to a state what is asked of the tables rather than kept: the oldest unfinished operations and the size.
    func describe(_ state: inout LedgerState) throws(SQLiteError) {
        for status in [OperationStatus.scheduled, .processing] {
            state.oldestUnfinished[status] = try operations.oldestCreation(status)
        }
        defer { pageCount.reset() }
        state.sizeInBytes = try pageCount.step() ? (pageCount.integer(0) ?? 0) * pageSize : 0
    }

    /// Every commit reaches the disk before it is shown: write-ahead log with a sync per commit
    /// (https://sqlite.org/pragma.html#pragma_synchronous).
    private static func configure(_ connection: Connection) throws(SQLiteError) {
        try connection.execute(
            """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            PRAGMA cache_size = -8192;
            PRAGMA journal_size_limit = 16777216;
            PRAGMA temp_store = MEMORY;
            """)
    }

    private static func create(
        in connection: Connection, for owner: LedgerOwner, accountSID: String?, recoveries: Int64
    ) throws(SQLiteError) {
        var state = LedgerState()
        state.totals[.recoveries] = recoveries
        try connection.transaction { () throws(SQLiteError) in
            try Schema.create(in: connection)
            try put(owner.account, "account", in: connection)
            try put(owner.resource, "resource", in: connection)
            if let accountSID { try put(accountSID, "account_sid", in: connection) }
            let tables = try StateTables(connection)
            try tables.save(state, over: LedgerState())
            try tables.seal(state)
        }
    }

    /// Returns what is stored as the SID of the account that the ledger belongs to, which may be another than the owner's.
    private static func checkOwner(_ connection: Connection, _ owner: LedgerOwner) throws(Failure) -> String {
        let text = { (key: String) throws(Failure) in
            try attempt { () throws(SQLiteError) in try Self.text(key, in: connection) }
        }
        let account = try text("account")
        let resource = try text("resource")
        guard account == owner.account, resource == owner.resource else {
            throw .unusable("it holds the \(resource.prefix(60)) of the account \"\(account.prefix(60))\"")
        }
        return try text("account_sid")
    }

    static func text(_ key: String, in connection: Connection) throws(SQLiteError) -> String {
        let statement = try connection.prepare("SELECT value FROM ledger WHERE key = ?")
        try statement.bind(key, at: 1)
        return try statement.step() ? statement.text(0) : ""
    }

    private static func put(_ value: String, _ key: String, in connection: Connection) throws(SQLiteError) {
        let statement = try connection.prepare("REPLACE INTO ledger (key, value) VALUES (?, ?)")
        try statement.bind(key, at: 1)
        try statement.bind(value, at: 2)
        try statement.run()
    }

    static func attempt<Result>(_ body: () throws(SQLiteError) -> Result) throws(Failure) -> Result {
        do {
            return try body()
        } catch {
            throw error.isDamage ? .unusable(error.message) : .sqlite(error)
        }
    }
}
