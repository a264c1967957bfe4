import Foundation
import SQLite
import TestSupport
import Testing

/// What the built exporter does with a ledger it finds at its start and cannot use.
@Suite(.fewAtATime) struct DamagedLedgerTests {
    static let messages = series("messages_total")
    static let recoveries = series("ledger_recoveries_total")

    /// What has happened to the file, and what the log says of it.
    struct Find: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Whether it is seen only when the file is read through, which the first poll does.
        var failsFirstPoll = false
        let reason: String
        let damage: @Sendable (String) throws -> Void
    }

    static let finds = [
        Find(testDescription: "cut in half", reason: "database disk image is malformed") { path in
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: path))
        },
        Find(testDescription: "empty", reason: "it is empty") { path in
            try Data().write(to: URL(fileURLWithPath: path))
        },
        Find(testDescription: "overwritten", reason: "file is not a database") { path in
            try Data(repeating: 0x55, count: 20_000).write(to: URL(fileURLWithPath: path))
        },
        Find(testDescription: "a total changed", reason: "its totals are not what was saved") { path in
            try Connection(path: path).execute("UPDATE total SET value = value - 1 WHERE key = 'gained.messages'")
        },
        Find(
            testDescription: "an index that lacks a row", failsFirstPoll: true,
            // Each version of SQLite begins with another of its faults.
            reason: " index operation_by_creation"
        ) { path in
            try Connection(path: path).execute(
                """
                PRAGMA writable_schema = ON;
                UPDATE sqlite_schema SET rootpage = (SELECT sum(rootpage) FROM sqlite_schema
                WHERE name IN ('operation_left', 'operation_by_creation')) - rootpage
                WHERE name IN ('operation_left', 'operation_by_creation');
                """)
        },
        Find(testDescription: "of a newer schema", reason: "it has schema 99, and this exporter knows 4") { path in
            try Connection(path: path).execute("PRAGMA user_version = 99")
        },
        Find(testDescription: "with a birth at the end of time", reason: "a time is out of bounds") { path in
            try craft(path, "UPDATE ledger SET value = 9223372036854775807 WHERE key = 'birth_ms'")
        },
        Find(testDescription: "with buckets that overflow", reason: "a count is out of bounds") { path in
            try craft(path, "REPLACE INTO duration VALUES (1, 9223372036854775807), (5, 9223372036854775807)")
        },
        Find(
            testDescription: "with an operation at the end of time", failsFirstPoll: true,
            reason: "a time is out of bounds"
        ) { path in
            try craft(path, "UPDATE operation SET created_ms = 9223372036854775807, status = 2")
        },
        Find(
            testDescription: "with an endless view",
            reason: "its tables are not those of schema 4: it has a view "
        ) { path in
            try Connection(path: path).execute(
                """
                DROP TABLE total; CREATE VIEW total AS
                WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT 'operations.seen' AS key, x AS value FROM n
                """)
        },
        Find(testDescription: "another SID's", reason: "belonged to account SID \(accountSID("1")), and the API") {
            path in
            let sid = accountSID("1")
            try Connection(path: path).execute("UPDATE ledger SET value = '\(sid)' WHERE key = 'account_sid'")
        },
    ]

    /// Changes a ledger's file, and puts right checksums on it.
    private static func craft(_ path: String, _ sql: String) throws {
        let connection = try Connection(path: path)
        try connection.execute(sql)
        try LedgerSeal.seal(connection)
    }

    @Test(
        "a ledger that cannot be used is kept under a new name, counted and logged once, and a fresh one begins",
        arguments: finds)
    func setAside(find: Find) async throws {
        let folder = try TemporaryFolder()
        let api = try LateAPI { _ in .json(SeedSample.pageCreatedLater, headers: [SeedSample.date]) }
        let path = folder.path + "/default.messages.db"
        let first = try await ExporterProcess(baseURL: api.baseURL, storage: folder.path)
        _ = try await first.scrape(when: "the page is counted") { $0[FaultTests.up] == 1 && $0[Self.messages] == 10 }
        #expect(await first.program.end().status == 0)
        // Puts what a write-ahead log still holds into the file, which it would otherwise make whole again.
        do { try Connection(path: path).execute("PRAGMA wal_checkpoint(TRUNCATE)") }
        try find.damage(path)
        let found = try Data(contentsOf: URL(fileURLWithPath: path))

        api.beginAnew()
        let second = try await ExporterProcess(baseURL: api.baseURL, storage: folder.path)
        let samples = try await second.scrape(when: "the page is counted again") {
            $0[FaultTests.up] == 1 && $0[Self.messages] == 10
        }
        #expect(samples[Self.recoveries] == 1)
        #expect(samples[FaultTests.failures("ledger")] == (find.failsFirstPoll ? 1 : 0))
        let end = await second.program.end()
        #expect(end.status == 0)
        let lines = end.errors.split(separator: "\n").filter { $0.contains("ledger set aside") }
        #expect(lines.count == 1)
        let line = try #require(lines.first)
        #expect(line.contains(" level=error ") && line.contains(find.reason), "\(line)")
        let kept = try #require(line.firstMatch(of: /kept_as=(\S+)/)?.1)
        #expect(kept.hasPrefix("\(path).set-aside-"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: String(kept))) == found)
    }
}
