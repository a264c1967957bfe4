import Foundation
import Operations
import SQLite
import TestSupport
import Testing

@testable import Ledger

/// Ledgers that somebody has crafted, with right checksums: what no ledger can hold is damage, and nothing that the file
/// brings along is run.
@Suite struct LedgerBoundsTests {
    static let owner = LedgerOwner(account: "default", resource: "messages", accountSID: nil)

    let folder: TemporaryFolder
    var path: String { folder.path + "/default.messages.db" }

    init() throws {
        folder = try TemporaryFolder()
        let ledger = try open()
        try fill(ledger)
    }

    private func open() throws -> Ledger {
        try Ledger(folder: folder.path, owner: Self.owner)
    }

    private func fill(_ ledger: Ledger) throws {
        try ledger.record(
            [
                .make("a", status: .processing, [.total: 10, .sent: 4, .delivered: 3]),
                .make("b", updated: LedgerTests.birth + .seconds(5), [.total: 5, .sent: 5, .delivered: 5]),
            ], at: LedgerTests.birth)
        try ledger.cover(from: LedgerTests.birth, to: LedgerTests.birth + .seconds(1))
        try ledger.completeWindow()
    }

    /// Changes the file, and puts right checksums on it.
    private func craft(_ sql: String) throws {
        let connection = try Connection(path: path)
        try connection.execute(sql)
        try LedgerSeal.seal(connection)
    }

    /// Opens what has been crafted, asks it everything, and returns why it is damaged; nil where it is not.
    private func fault() throws -> String? {
        let ledger = try open()
        if let recovery = ledger.recovery { return recovery.reason }
        do {
            try ledger.verify()
            try fill(ledger)
            for status in OperationStatus.allCases { _ = try ledger.unfinished(status) }
            while try ledger.retire(at: LedgerTests.birth + Operation.retention + .seconds(9)) {}
            _ = try ledger.overdueIDs()
            try ledger.settleBirth(listedSince: LedgerTests.birth, isComplete: true)
            _ = try ledger.oldestHeld(from: LedgerTests.birth, to: LedgerTests.birth + .seconds(1))
            return nil
        } catch LedgerError.damaged(_, let detail) {
            try ledger.beginAfresh(because: detail)
            try fill(ledger)
            return detail
        }
    }

    @Test("a seal without a change is the ledger's own, and the largest and the smallest of all values are taken")
    func sealed() throws {
        try craft("")
        #expect(try fault() == nil)
        try craft(
            """
            UPDATE ledger SET value = -31536000000 WHERE key = 'birth_ms';
            UPDATE ledger SET value = -31536000000 WHERE key = 'retention_edge_ms';
            UPDATE total SET value = 288230376151711744; UPDATE duration SET count = 288230376151711744;
            UPDATE window SET value = 288230376151711744;
            UPDATE operation SET total = 288230376151711744, mark_sent = 288230376151711744;
            UPDATE operation SET updated_ms = 253433923200000, left_ms = -31536000000;
            """)
        #expect(try fault() == nil)
        #expect(try open().recovery == nil)
    }

    static let outOfBounds: [(column: String, table: String, fault: String)] = [
        ("value", "ledger WHERE key = 'birth_ms'", "a time is out of bounds"),
        ("value", "ledger WHERE key = 'retention_edge_ms'", "a time is out of bounds"),
        ("start_ms", "coverage", "a time is out of bounds"),
        ("end_ms", "coverage", "a time is out of bounds"),
        ("value", "total", "a count is out of bounds"),
        ("value", "total WHERE key = 'operations.held'", "a count is out of bounds"),
        ("count", "duration", "a count is out of bounds"),
        ("count", "duration WHERE bound_s = -2", "a count is out of bounds"),
        ("value", "window", "a count is out of bounds"),
        ("created_ms", "operation", "a time is out of bounds"),
        ("updated_ms", "operation", "a time is out of bounds"),
        ("older_since_ms", "operation", "a time is out of bounds"),
        ("left_ms", "operation", "a time is out of bounds"),
        ("total", "operation", "a count is out of bounds"),
        ("queued", "operation", "a count is out of bounds"),
        ("mark_messages", "operation", "a count is out of bounds"),
        ("sent_excess", "operation", "a count is out of bounds"),
        ("delivered_excess", "operation", "a count is out of bounds"),
        ("status", "operation", "a status is none"),
        ("verdict", "operation", "a number stands for nothing"),
    ]

    @Test(
        "a value out of its bounds is damage, whatever the checksums say",
        arguments: outOfBounds.map(\.table).indices, [Int64.max, .max - 1000, .min, .min + 1000, 1 << 59])
    func bounds(index: Int, value: Int64) throws {
        let (column, table, fault) = Self.outOfBounds[index]
        let parts = table.split(separator: " ", maxSplits: 1)
        try craft("UPDATE \(parts[0]) SET \(column) = \(value) \(parts.dropFirst().joined())")
        #expect(try self.fault()?.hasPrefix(fault) == true, "\(column) \(table)")
    }

    @Test(
        "a value of another type is damage, and converted to nothing",
        arguments: outOfBounds.indices.filter { outOfBounds[$0].column != "start_ms" },
        ["'x'", "x'31'", "1.5", "1e300"])
    func types(index: Int, value: String) throws {
        let (column, table, _) = Self.outOfBounds[index]
        let parts = table.split(separator: " ", maxSplits: 1)
        try craft("UPDATE \(parts[0]) SET \(column) = \(value) \(parts.dropFirst().joined())")
        #expect(try fault() != nil, "\(column) \(table)")
    }

    @Test(
        "what no ledger holds is damage",
        arguments: [
            ("UPDATE operation SET id = CAST(id AS BLOB)", "a text is none"),
            ("UPDATE operation SET id = id || CAST(x'ff' AS TEXT)", "a text is none"),
            ("UPDATE operation SET id = id || hex(zeroblob(5000))", "an id is out of bounds"),
            ("UPDATE operation SET id = '' WHERE id = 'a'", "an id is out of bounds"),
            ("UPDATE operation SET flags = flags | 1 << 40", "an operation has flags that stand for nothing"),
            (
                "UPDATE operation SET flags = flags - 9223372036854775807",
                "an operation has flags that stand for nothing"
            ),
            ("INSERT INTO coverage SELECT start_ms + 1, end_ms + 1 FROM coverage", "times that were listed overlap"),
            ("UPDATE coverage SET end_ms = start_ms - 1", "times that were listed overlap"),
            (
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 2 FROM n WHERE i < 200010) INSERT INTO coverage SELECT i, i FROM n",
                "a table has more rows than there are numbers"
            ),
            ("UPDATE ledger SET value = 9 WHERE key = 'reading'", "a number stands for nothing"),
            ("REPLACE INTO ledger VALUES ('birth_certainty', -1)", "a number stands for nothing"),
            ("INSERT INTO total VALUES ('more', 1)", "a number has no name that is known"),
            ("INSERT INTO duration VALUES (7, 1)", "a number has no name that is known"),
            ("INSERT INTO window VALUES (1, 'more', 1)", "a number has no name that is known"),
            ("INSERT INTO window VALUES (9, 'sent', 1)", "a status is none"),
            ("UPDATE ledger SET value = hex(zeroblob(40000)) WHERE key = 'account'", "string or blob too big"),
            ("UPDATE ledger SET value = hex(zeroblob(5000000)) WHERE key = 'birth_ms'", "string or blob too big"),
        ])
    func never(sql: String, fault: String) throws {
        try craft("REPLACE INTO ledger VALUES ('reading', 1);" + sql)
        #expect(try self.fault()?.hasPrefix(fault) == true)
    }

    /// A query that never ends.
    static let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT x FROM n"

    @Test(
        "a ledger with anything but its own tables and indexes is set aside, and nothing of that is run",
        arguments: [
            ("CREATE TRIGGER t AFTER INSERT ON operation BEGIN DELETE FROM total; END", "trigger \"t\""),
            (
                "CREATE TRIGGER t BEFORE UPDATE ON total BEGIN SELECT count(*) FROM (\(endless)); END",
                "trigger \"t\""
            ),
            (
                "DROP TABLE total; CREATE VIEW total AS SELECT 'operations.seen' AS key, x AS value FROM (\(endless))",
                "view \"total\""
            ),
            ("CREATE VIEW more AS \(endless)", "view \"more\""),
            ("CREATE TABLE more (x)", "table \"more\""),
            ("CREATE VIRTUAL TABLE more USING fts5(x)", "table \"more\""),
            ("CREATE INDEX more ON operation (abs(created_ms))", "index \"more\""),
            ("ALTER TABLE operation ADD COLUMN more INTEGER", "table \"operation\""),
            ("ALTER TABLE coverage ADD COLUMN more AS (abs(-9223372036854775808)) VIRTUAL", "table \"coverage\""),
            ("ANALYZE", "table \"sqlite_stat1\""),
        ])
    func foreignSchema(sql: String, thing: String) async throws {
        try Connection(path: path).execute(sql)
        let ledger = try open()
        #expect(
            ledger.recovery?.reason == "its tables are not those of schema 4: it has a \(thing) that is not ours")
        try fill(ledger)
        #expect(ledger.state.totals[.gained(.messages)] == 15)
    }

    @Test("a trigger that is made while the ledger is open is not run")
    func lateTrigger() throws {
        let ledger = try open()
        try Connection(path: path).execute(
            "CREATE TRIGGER t AFTER UPDATE ON total BEGIN SELECT RAISE(ABORT, 'no'); END;"
                + "CREATE TRIGGER u AFTER INSERT ON operation BEGIN DELETE FROM operation; END")
        try ledger.record([.make("c", [.total: 3])], at: LedgerTests.birth)
        #expect(ledger.state.totals[.gained(.messages)] == 18)
        #expect(try Connection(path: path).integer("SELECT count(*) FROM operation") == 3)
    }

    @Test("a tree that branches into itself, which would take for ever to read, is damage", .timeLimit(.minutes(2)))
    func endlessTree() throws {
        do { try Connection(path: path).execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE") }
        let root = try #require(
            try Connection(path: path).integer("SELECT rootpage FROM sqlite_schema WHERE name = 'operation_unfinished'")
        )
        var file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let size = 4096
        let leaf = Array(file[(Int(root) - 1) * size..<Int(root) * size])
        // Each page has a hundred branches, and all of them are the next page.
        let depth = 12
        let first = file.count / size + 1
        func branching(to next: Int) -> [UInt8] {
            var page = [UInt8](repeating: 0, count: size)
            // An index's cell: the branch, the length of its record, and the record of a status, a creation and an id.
            let record: [UInt8] = [4, 1, 6, 15, 1] + [0, 0, 1, 142, 252, 0, 0, 0] + [97]
            let cell = withUnsafeBytes(of: UInt32(next).bigEndian) { Array($0) } + [UInt8(record.count)] + record
            for number in 0..<100 {
                let place = size - (number + 1) * cell.count
                page.replaceSubrange(place..<place + cell.count, with: cell)
                page.replaceSubrange(12 + 2 * number..<14 + 2 * number, with: [UInt8(place >> 8), UInt8(place & 255)])
            }
            let start = size - 100 * cell.count
            page.replaceSubrange(0..<8, with: [2, 0, 0, 0, 100, UInt8(start >> 8), UInt8(start & 255), 0])
            page.replaceSubrange(8..<12, with: withUnsafeBytes(of: UInt32(next).bigEndian) { Array($0) })
            return page
        }
        file.replaceSubrange((Int(root) - 1) * size..<Int(root) * size, with: branching(to: first))
        for level in 0..<depth { file += level == depth - 1 ? leaf : branching(to: first + level + 1) }
        file.replaceSubrange(28..<32, with: withUnsafeBytes(of: UInt32(file.count / size).bigEndian) { Array($0) })
        try Data(file).write(to: URL(fileURLWithPath: path))
        // No operation in it is to be shown, so that reading goes on to the end.
        try Connection(path: path).execute("UPDATE operation SET flags = 64")
        #expect(try fault() == "interrupted")
    }

    @Test("a path that SQLite would take for a URI is a path")
    func uri() throws {
        let here = FileManager.default.currentDirectoryPath
        let name = "file:ledgers-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: here + "/" + name) }
        do {
            let ledger = try Ledger(folder: name + "?mode=memory", owner: Self.owner)
            try fill(ledger)
            #expect(ledger.path == name + "?mode=memory/default.messages.db")
        }
        let file = here + "/" + name + "?mode=memory/default.messages.db"
        #expect(FileManager.default.fileExists(atPath: file))
        #expect(try Connection(path: file).integer("SELECT count(*) FROM operation") == 2)
        try FileManager.default.removeItem(atPath: here + "/" + name + "?mode=memory")
    }

    @Test(
        "a path that is too long for SQLite is refused with the limit, and the longest works",
        arguments: [459, 460, 499])
    func length(bytes: Int) throws {
        let rest = bytes - folder.path.utf8.count - "/default.messages.db".utf8.count
        var long = folder.path
        for _ in 0..<rest / 100 { long += "/" + String(repeating: "x", count: 99) }
        long += "/" + String(repeating: "x", count: rest % 100 - 1)
        let path = long + "/default.messages.db"
        #expect(path.utf8.count == bytes)
        guard bytes > 459 else {
            try fill(try Ledger(folder: long, owner: Self.owner))
            try Connection(path: path).execute("PRAGMA user_version = 3")
            #expect(try Ledger(folder: long, owner: Self.owner).recovery != nil)
            return
        }
        #expect(
            throws: LedgerError.storage(
                path: path, detail: "its path has \(bytes) bytes, and SQLite can use one of at most 459")
        ) { try Ledger(folder: long, owner: Self.owner) }
    }
}
