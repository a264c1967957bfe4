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

    private func open(account: String = "default", sid: String? = nil) throws -> Ledger {
        try Ledger(folder: folder, owner: LedgerOwner(account: account, resource: "messages", accountSID: sid))
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
        let numbers = (1..<27).map { statement.integer($0) }
        #expect(
            numbers == [
                1_713_628_800_000, 1_713_628_805_000, 2, 3,
                5, nil, nil, nil, nil, 5, 5, nil, nil, nil, nil, nil,
                5, 0, 0, 5, 5, 0, 0, 0, 0, 0,
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

    @Test("a ledger of a newer schema is set aside")
    func newerSchema() throws {
        try fill(try open())
        try Connection(path: path).execute("PRAGMA user_version = 2")
        let ledger = try open()
        #expect(ledger.recovery?.reason == "it has schema 2, and this exporter knows 1")
        #expect(ledger.state.birth == nil)
    }

    @Test("a ledger of another account SID is set aside, and one that knew none takes the SID it is opened with")
    func owner() throws {
        try fill(try open())
        try #expect(open(sid: "AC1").recovery == nil)
        try #expect(open(sid: nil).recovery == nil)
        let ledger = try open(sid: "AC2")
        #expect(ledger.recovery?.reason == "it belongs to another account SID")
        #expect(ledger.state.totals[.gained(.messages)] == 0)
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
}
