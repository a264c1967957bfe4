import Foundation
import Operations
import SQLite
import TestSupport
import Testing

@testable import Ledger

/// Ledgers that exporters of older versions have left, word for word: `Fixtures/schema-1.db` and the next ones.
@Suite struct LedgerMigrationTests {
    let folder: TemporaryFolder
    var path: String { folder.path + "/default.messages.db" }

    init() throws {
        folder = try TemporaryFolder()
        try put("schema-1")
    }

    /// Puts a fixture where the ledger is looked for.
    private func put(_ name: String) throws {
        let fixture = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "db"))
        try? FileManager.default.removeItem(atPath: path)
        try FileManager.default.copyItem(atPath: fixture.path, toPath: path)
    }

    private func open(account: String = "default") throws -> Ledger {
        try Ledger(
            folder: folder.path,
            owner: LedgerOwner(account: account, resource: "messages", accountSID: accountSID("1")))
    }

    /// Each but the first is the first one as it was taken over once: what checksums run over must not change within a schema.
    @Test(
        "a ledger of each older schema is taken over with every number",
        arguments: ["schema-1", "schema-2", "schema-3"])
    func takenOver(fixture: String) throws {
        try put(fixture)
        let ledger = try open()
        try ledger.verify()
        #expect(ledger.recovery == nil)
        #expect(try Connection(path: path).integer("PRAGMA user_version") == 4)
        let state = ledger.state
        #expect(state.birth == LedgerTests.birth)
        #expect(state.retentionEdge == LedgerTests.birth - Operation.retention + .seconds(100))
        #expect(state.windowIsComplete)
        #expect(state.reading == .cumulative)
        let totals: [Total: Int64] = [
            .operationsSeen: 5, .operationsCompleted: 1, .operationsCanceled: 1, .gained(.messages): 24,
            .gained(.recipients): 16, .gained(.attempts): 18, .gained(.sent): 12, .gained(.delivered): 8,
            .gained(.read): 1, .gained(.undelivered): 1, .gained(.canceled): 2, .regressions(.messages): 1,
            .expiredUnfinished: 1, .operationsHeld: 7,
        ]
        for total in Total.allCases { #expect(state.totals[total] == totals[total] ?? 0, "\(total)") }
        #expect(state.durations.counts[1] == 1)
        #expect(state.durations.sumMilliseconds == 5000)
        #expect(state.window[.processing, .stat(.sent)] == 4)
        #expect(state.window[.completed, .stat(.recipients)] == 13)
        #expect(
            state.coverage.spans == [Coverage.Span(start: LedgerTests.birth, end: LedgerTests.birth + .seconds(6))])
        #expect(
            state.oldestUnfinished == [.processing: LedgerTests.birth, .scheduled: LedgerTests.birth + .seconds(4)])
    }

    @Test("it goes on where it stopped: what is listed again adds nothing, what is new adds itself")
    func goesOn() throws {
        do {
            let ledger = try open()
            let before = ledger.state.totals
            let known = Operations.Operation.make(
                "completed", created: LedgerTests.birth + .seconds(2), updated: LedgerTests.birth + .seconds(7),
                [.total: 5, .recipients: 5, .attempts: 5, .sent: 0, .delivered: 3, .read: 1, .undelivered: 1])
            try ledger.record([known], at: LedgerTests.birth + .seconds(20))
            // Its numbers are judged as they are listed.
            var expected = before
            expected[.verdicts(.exclusive)] = 1
            #expect(ledger.state.totals == expected)
            let more = Operations.Operation.make(
                "scheduled", status: .processing, created: LedgerTests.birth + .seconds(4), [.total: 7, .sent: 7])
            try ledger.record([more], at: LedgerTests.birth + .seconds(20))
            #expect(ledger.state.totals[.gained(.sent)] == 19)
        }
        #expect(try open().state.totals[.gained(.sent)] == 19)
    }

    @Test("its rows get the checksums that guard those of the present schema, also where there are many")
    func checksums() throws {
        let rows = 2500
        do {
            let old = try Connection(path: path)
            try old.execute(
                """
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(rows - 7))
                INSERT INTO operation SELECT 'more' || i, 1713628800000 + i, NULL, 2, 1, \
                i, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, i, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM n
                """)
            try old.execute("UPDATE total SET value = \(rows) WHERE key = 'operations.held'")
        }
        let ledger = try open()
        try ledger.verify()
        let connection = try Connection(path: path)
        #expect(try connection.integer("SELECT count(DISTINCT checksum) FROM operation") == Int64(rows))
        try connection.execute("UPDATE operation SET mark_sent = 1 WHERE id = 'more1234'")
        #expect(throws: LedgerError.damaged(path: path, detail: "an operation is not what was saved (SQLite 11)")) {
            try ledger.record([.make("more1234", [.total: 1])], at: LedgerTests.birth + .seconds(20))
        }
    }

    @Test("a copy of the old file stays beside it, also where there is one already", arguments: [1, 2, 3] as [Int64])
    func copy(schema: Int64) throws {
        let copy = "\(path).schema-\(schema)"
        try "an older copy".write(toFile: copy, atomically: true, encoding: .utf8)
        try put("schema-\(schema)")
        let ledger = try open()
        #expect(ledger.recovery == nil)
        let old = try Connection(path: copy)
        #expect(try old.integer("PRAGMA user_version") == schema)
        #expect(try old.integer("SELECT value FROM total WHERE key = 'gained.sent'") == 12)
        #expect(try old.integer("SELECT count(*) FROM operation") == 7)
        #expect(!FileManager.default.fileExists(atPath: copy + ".part"))
    }

    @Test("a ledger of schema 2 that is not what was saved is set aside, as one of the present schema is")
    func damaged() throws {
        for change in ["UPDATE operation SET mark_sent = mark_sent + 1", "UPDATE total SET value = value + 1"] {
            try put("schema-2")
            try Connection(path: path).execute(change)
            #expect(try open().recovery != nil, "\(change)")
        }
    }

    @Test("a ledger that was never born is taken over as well", arguments: 1...3)
    func unborn(schema: Int64) throws {
        try put("schema-\(schema)")
        do {
            let old = try Connection(path: path)
            for table in ["operation", "total", "duration", "window", "coverage"] {
                try old.execute("DELETE FROM \(table)")
            }
            try old.execute("DELETE FROM ledger WHERE key NOT IN ('account', 'resource')")
            let sum = LedgerState().checksum(schema: schema, reading: schema < 3 ? nil : .cumulative)
            try old.execute("INSERT INTO ledger VALUES ('checksum', \(sum))")
        }
        for _ in 0..<2 {
            let ledger = try open()
            #expect(ledger.recovery == nil)
            #expect(ledger.state.birth == nil)
        }
    }

    @Test("one of another account is set aside as it is")
    func otherAccount() throws {
        try FileManager.default.moveItem(atPath: path, toPath: folder.path + "/other.messages.db")
        let ledger = try open(account: "other")
        let recovery = try #require(ledger.recovery)
        #expect(recovery.reason == "it holds the messages of the account \"default\"")
        #expect(try Connection(path: recovery.setAside).integer("PRAGMA user_version") == 1)
    }

    @Test("one whose migration fails half-way is still the old one, and is taken over at the next start")
    func interrupted() throws {
        do {
            // Holds the write lock longer than a migration waits for it.
            let other = try Connection(path: path)
            try other.execute("PRAGMA journal_mode = WAL")
            try other.execute("BEGIN IMMEDIATE")
            #expect(throws: LedgerError.inUse(path: path)) { try open() }
            #expect(try other.integer("PRAGMA user_version") == 1)
            try other.execute("ROLLBACK")
        }
        #expect(try open().state.totals[.gained(.sent)] == 12)
    }
}
