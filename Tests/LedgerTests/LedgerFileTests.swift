import CFaultyDisk
import Foundation
import Operations
import SQLite
import Testing

@testable import Ledger

/// The ledger's file: what survives, what is refused, what is set aside.
@Suite final class LedgerFileTests {
    let folder = NSTemporaryDirectory() + "ledger-" + UUID().uuidString
    var path: String { folder + "/default.messages.db" }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func open(account: String = "default") throws -> Ledger {
        try Ledger(folder: folder, owner: LedgerOwner(account: account, resource: "messages", accountSID: nil))
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

    @Test("everything of the state is there again after the ledger was closed")
    func survives() throws {
        let before: LedgerState
        do {
            let ledger = try open()
            try fill(ledger)
            before = ledger.state
        }
        let ledger = try open()
        #expect(ledger.recovery == nil)
        #expect(ledger.state == before)
        #expect(ledger.state.totals[.gained(.sent)] == 9)
        #expect(ledger.state.durations.counts[1] == 1)
        try fill(ledger)
        #expect(ledger.state.totals == before.totals)
    }

    @Test("the row of an operation is this one")
    func row() throws {
        try fill(try open())
        let connection = try Connection(path: path)
        let statement = try connection.prepare("SELECT * FROM operation WHERE id = 'b'")
        #expect(try statement.step())
        let numbers = (1..<32).filter { $0 != OperationColumn.checksumIndex }.map { statement.integer($0) }
        #expect(
            numbers == [
                1_713_628_800_000, 1_713_628_805_000, 2, 35,
                5, nil, nil, nil, nil, 5, 5, nil, nil, nil, nil, nil,
                5, 0, 0, 5, 5, 0, 0, 0, 0, 0,
                1, nil, 0, 0,
            ])
    }

    @Test("a second process is refused while the first holds the ledger, and welcome afterwards")
    func lock() throws {
        var first: Ledger? = try open()
        #expect(throws: LedgerError.inUse(path: path)) { try open() }
        first = nil
        _ = first
        #expect(throws: Never.self) { try open() }
    }

    @Test("a ledger that is refused closes its file once: the second time it may be somebody else's")
    func refusedOnce() throws {
        let first = try open()
        let before = faulty_disk_vain_closes()
        #expect(throws: LedgerError.inUse(path: path)) { try open() }
        #expect(faulty_disk_vain_closes() == before)
        first.close()
    }

    @Test("a ledger that is let go of is free, also where a child that has not run its program yet holds what it held")
    func forked() throws {
        var copies: [Int32] = []
        defer { for copy in copies { close(copy) } }
        do {
            let ledger = try open()
            let lock = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap(Int32.init)
                .filter {
                    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == path
                        + ".lock"
                }
            copies = lock.map { dup($0) }
            #expect(copies.count == 1)
            try fill(ledger)
        }
        #expect(throws: Never.self) { try open() }
    }

    @Test(
        "a file that is no ledger is set aside under a new name, and the fresh one counts the recovery",
        arguments: ["", "not a database, not at all, but long enough to be looked at"])
    func damaged(content: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try content.write(toFile: path, atomically: false, encoding: .utf8)
        let ledger = try open()
        let recovery = try #require(ledger.recovery)
        #expect(try String(contentsOfFile: recovery.setAside, encoding: .utf8) == content)
        #expect(ledger.state.totals[.recoveries] == 1)
        try fill(ledger)
        #expect(ledger.state.totals[.gained(.messages)] == 15)
    }

    @Test("a fresh ledger does not begin beside a log that cannot be removed, which SQLite would take for its own")
    func strayLog() throws {
        try FileManager.default.createDirectory(atPath: path + "-journal", withIntermediateDirectories: true)
        try "".write(toFile: path, atomically: false, encoding: .utf8)
        let error = #expect(throws: LedgerError.self) { try open() }
        #expect(error?.description.contains("cannot remove \(path)-journal: Is a directory") == true, "\(error!)")
        try FileManager.default.removeItem(atPath: path + "-journal")
        #expect(try open().recovery == nil)
    }

    @Test("a ledger of a newer schema is set aside")
    func newerSchema() throws {
        try fill(try open())
        try Connection(path: path).execute("PRAGMA user_version = 5")
        let ledger = try open()
        #expect(ledger.recovery?.reason == "it has schema 5, and this exporter knows 4")
        #expect(ledger.state.birth == nil)
    }

    @Test("a ledger that breaks while it is open can be begun afresh, and the old file is kept whole")
    func beginAfresh() throws {
        let ledger = try open()
        try fill(ledger)
        try ledger.beginAfresh(because: "a test")
        let recovery = try #require(ledger.recovery)
        #expect(ledger.state.birth == nil)
        try fill(ledger)
        #expect(ledger.state.totals[.recoveries] == 1)
        let old = try Connection(path: recovery.setAside)
        #expect(try old.integer("SELECT value FROM total WHERE key = 'gained.messages'") == 15)
    }

    @Test("a folder that cannot be made is an error that names it")
    func unusableFolder() throws {
        #expect {
            try Ledger(folder: "/proc/nowhere/data", owner: LedgerOwner(account: "a", resource: "b", accountSID: nil))
        } throws: { error in
            "\(error)".hasPrefix("cannot use the ledger /proc/nowhere/data: cannot make the folder: ")
        }
    }

    @Test("names that would leave the folder are escaped")
    func fileName() {
        let owner = LedgerOwner(account: "../Übel 1", resource: "messages", accountSID: nil)
        #expect(owner.fileName == "%2E%2E%2F%C3%9Cbel%201.messages.db")
    }

    @Test("a page that fails in the middle counts nothing, and everything when it is recorded again")
    func failingPage() throws {
        let ledger = try open()
        try fill(ledger)
        let other = try Connection(path: path)
        try other.execute("ALTER TABLE operation ADD COLUMN bad CHECK (id <> 'bad')")
        let before = ledger.state
        let page: [Operations.Operation] = [.make("c", [.total: 5]), .make("bad", [.total: 9])]
        #expect(throws: LedgerError.self) { try ledger.record(page, at: LedgerTests.birth) }
        #expect(ledger.state == before)
        try other.execute("ALTER TABLE operation DROP COLUMN bad")
        try ledger.record(page, at: LedgerTests.birth)
        #expect(ledger.state.totals[.gained(.messages)] == before.totals[.gained(.messages)] + 14)
    }

    @Test("a commit that fails shows nothing of its page")
    func failingCommit() throws {
        let ledger = try open()
        try fill(ledger)
        let other = try Connection(path: path)
        try other.execute("BEGIN IMMEDIATE")
        let before = ledger.state
        #expect(throws: LedgerError.inUse(path: path)) {
            try ledger.record([.make("c", [.total: 5])], at: LedgerTests.birth)
        }
        #expect(ledger.state == before)
        try other.execute("ROLLBACK")
        try ledger.record([.make("c", [.total: 5])], at: LedgerTests.birth)
        #expect(ledger.state.totals[.gained(.messages)] == 20)
    }

    @Test("commits are written ahead and synced")
    func durability() throws {
        let database = try LedgerDatabase(
            path: ":memory:", owner: LedgerOwner(account: "a", resource: "b", accountSID: nil))
        #expect(try database.connection.integer("PRAGMA synchronous") == 2)
        try fill(try open())
        let header = try Data(contentsOf: URL(fileURLWithPath: path)).prefix(20)
        // Bytes 18 and 19 are 2 for write-ahead logging: https://sqlite.org/fileformat2.html#file_format_version_numbers
        #expect(Array(header.suffix(2)) == [2, 2])
    }

    @Test("the definitions of schema 4 are these, to the letter")
    func schema() throws {
        try fill(try open())
        let connection = try Connection(path: path)
        var definitions: [String] = []
        try connection.prepare("SELECT sql FROM sqlite_schema ORDER BY name").forEachRow {
            definitions.append($0.text(0))
        }
        #expect(
            definitions == [
                "CREATE TABLE coverage (start_ms INTEGER PRIMARY KEY, end_ms INTEGER NOT NULL)",
                "CREATE TABLE duration (bound_s INTEGER PRIMARY KEY, count INTEGER NOT NULL)",
                "CREATE TABLE ledger (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
                "CREATE TABLE operation (id TEXT PRIMARY KEY, created_ms INTEGER NOT NULL, updated_ms INTEGER, status INTEGER NOT NULL, flags INTEGER NOT NULL, total INTEGER, recipients INTEGER, attempts INTEGER, scheduled INTEGER, queued INTEGER, sent INTEGER, delivered INTEGER, read INTEGER, undelivered INTEGER, unaddressable INTEGER, failed INTEGER, canceled INTEGER, mark_messages INTEGER NOT NULL, mark_recipients INTEGER NOT NULL, mark_attempts INTEGER NOT NULL, mark_sent INTEGER NOT NULL, mark_delivered INTEGER NOT NULL, mark_read INTEGER NOT NULL, mark_undelivered INTEGER NOT NULL, mark_unaddressable INTEGER NOT NULL, mark_failed INTEGER NOT NULL, mark_canceled INTEGER NOT NULL, checksum INTEGER NOT NULL DEFAULT 0, verdict INTEGER, older_since_ms INTEGER, sent_excess INTEGER, delivered_excess INTEGER, left_ms INTEGER) WITHOUT ROWID",
                "CREATE INDEX operation_by_creation ON operation (created_ms)",
                "CREATE INDEX operation_left ON operation (left_ms) WHERE left_ms IS NOT NULL",
                "CREATE INDEX operation_unfinished ON operation (status, created_ms) WHERE status < 2",
                "CREATE TABLE total (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
                "CREATE TABLE window (status INTEGER, key TEXT, value INTEGER NOT NULL, PRIMARY KEY (status, key)) WITHOUT ROWID",
            ])
        #expect(Total.allCases.map(\.key).contains("gained.unaddressable"))
        #expect(OperationStatus.allCases.map(\.rawValue) == [0, 1, 2, 3, 4])
    }

    @Test("a ledger with other tables is set aside, and an error in SQL alone is no reason to")
    func otherTables() throws {
        try fill(try open())
        try Connection(path: path).execute("DROP INDEX operation_unfinished")
        #expect(
            try open().recovery?.reason
                == "its tables are not those of schema 4: it lacks the index operation_unfinished")
    }

    @Test("while the damaged file cannot be set aside nothing is recorded, and afterwards all of it is")
    func setAsideFails() throws {
        let ledger = try open()
        try fill(ledger)
        try FileManager.default.moveItem(atPath: folder, toPath: folder + "-away")
        #expect(throws: LedgerError.self) { try ledger.beginAfresh(because: "a test") }
        let before = ledger.state
        #expect(throws: LedgerError.self) { try ledger.record([.make("c", [.total: 5])], at: LedgerTests.birth) }
        #expect(ledger.state == before)
        try FileManager.default.moveItem(atPath: folder + "-away", toPath: folder)
        try ledger.record([.make("c", [.total: 5])], at: LedgerTests.birth)
        #expect(ledger.state.totals[.gained(.messages)] == 5)
        #expect(ledger.state.totals[.recoveries] == 1)
    }

    @Test("every recovery is counted")
    func recoveries() throws {
        let ledger = try open()
        try ledger.beginAfresh(because: "one")
        try ledger.beginAfresh(because: "two")
        #expect(ledger.state.totals[.recoveries] == 2)
    }

    @Test("a database set aside keeps what its write-ahead log holds")
    func setAsideWithLog() throws {
        let ledger = try open()
        try fill(ledger)
        let copy = folder + "-copy"
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + "/default.messages.db" + suffix)
        }
        let other = LedgerOwner(account: "default", resource: "messages", accountSID: nil)
        let aside = try LedgerFile(folder: copy, owner: other).setAside()
        #expect(try Connection(path: aside).integer("SELECT value FROM total WHERE key = 'gained.messages'") == 15)
    }

    @Test("numbers no ledger writes are damage, found before they can trap")
    func impossibleNumbers() throws {
        let ledger = try open()
        try fill(ledger)
        try Connection(path: path).execute("UPDATE operation SET mark_failed = -9223372036854775808")
        #expect {
            try ledger.record([.make("a", [.failed: 1])], at: LedgerTests.birth)
        } throws: { error in
            guard case .damaged = error as? LedgerError else { return false }
            return true
        }
    }

    @Test("the window and the totals agree with the rows after any history")
    func rowsAgree() throws {
        var random = SystemRandomNumberGenerator()
        var ledger: Ledger? = try open()
        var now = LedgerTests.birth
        for step in 0..<300 {
            let page = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                Operations.Operation.make(
                    "op\(Int.random(in: 0..<60, using: &random))",
                    status: OperationStatus.allCases.randomElement(using: &random)!,
                    created: LedgerTests.birth + .seconds(86_400 * Int64.random(in: -2...14, using: &random)),
                    [.total: Int64.random(in: 0...9, using: &random), .sent: Int64.random(in: 0...9, using: &random)])
            }
            try #require(ledger).record(page, at: now)
            now = now + .seconds(Int64.random(in: 0...9000, using: &random))
            while try #require(ledger).retire(at: now) {}
            if step % 37 == 0 {
                ledger = nil
                ledger = try open()
            }
        }
        let state = try #require(ledger).state
        let edge = try #require(state.retentionEdge).milliseconds
        let connection = try Connection(path: path)
        #expect(try connection.integer("SELECT count(*) FROM operation") == state.totals[.operationsHeld])
        for status in OperationStatus.allCases {
            let rows =
                "FROM operation WHERE status = \(status.rawValue) AND flags & 64 = 0 AND (status < 2 OR created_ms > \(edge))"
            #expect(try connection.integer("SELECT count(*) \(rows)") == state.window[status, .operations])
            #expect(try connection.integer("SELECT ifnull(sum(sent), 0) \(rows)") == state.window[status, .stat(.sent)])
        }
    }

    /// A ledger whose damaged file cannot be set aside, since its folder is away.
    private func stranded() throws -> Ledger {
        let ledger = try open()
        try fill(ledger)
        try FileManager.default.moveItem(atPath: folder, toPath: folder + "-away")
        #expect(throws: LedgerError.self) { try ledger.beginAfresh(because: "a test") }
        return ledger
    }

    @Test("a fresh ledger begun late knows nothing of the old one's time")
    func lateRetire() throws {
        let ledger = try stranded()
        try FileManager.default.moveItem(atPath: folder + "-away", toPath: folder)
        #expect(try ledger.retire(at: LedgerTests.birth + .seconds(8 * 86_400)) == false)
        #expect(ledger.state.totals[.coverageGapMilliseconds] == 0)
        #expect(ledger.state.retentionEdge == nil)
    }

    @Test("a fresh ledger begun late knows nothing of what the old one held")
    func lateRecord() throws {
        let ledger = try stranded()
        let known = Operations.Operation.make(
            "b", updated: LedgerTests.birth + .seconds(5), [.total: 5, .sent: 5, .delivered: 5])
        #expect(throws: LedgerError.self) { try ledger.record([known], at: LedgerTests.birth) }
        try FileManager.default.moveItem(atPath: folder + "-away", toPath: folder)
        try ledger.record([known, .make("c", [.total: 5])], at: LedgerTests.birth)
        #expect(ledger.state.totals[.operationsHeld] == 2)
    }

    @Test("a damaged file that was moved away by hand is replaced without a restart")
    func movedByHand() throws {
        let ledger = try stranded()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try ledger.record([.make("c", [.total: 5])], at: LedgerTests.birth)
        #expect(ledger.state.totals[.gained(.messages)] == 5)
        try FileManager.default.removeItem(atPath: folder + "-away")
    }

    @Test("a window that was cut off at the largest number is no damage when its operations leave")
    func saturatedWindow() throws {
        do {
            let ledger = try open()
            for second in 0..<2 {
                let page = (0..<1000).map {
                    Operations.Operation.make(
                        "op\(second)-\($0)", created: LedgerTests.birth + .seconds(second), [.total: 1 << 53])
                }
                try ledger.record(page, at: LedgerTests.birth)
            }
            for second in 0..<2 {
                while try ledger.retire(at: LedgerTests.birth + Operation.retention + .seconds(second)) {}
            }
            #expect(ledger.state.window == Window())
        }
        #expect(try open().recovery == nil)
    }
}
