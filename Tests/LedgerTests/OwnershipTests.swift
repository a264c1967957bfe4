import Foundation
import Operations
import SQLite
import TestSupport
import Testing

@testable import Ledger

/// A ledger whose account SID is another than the one that is configured.
@Suite final class OwnershipTests {
    let folder = NSTemporaryDirectory() + "ledger-" + UUID().uuidString
    var path: String { folder + "/default.messages.db" }
    static let born = LedgerTests.birth
    /// The times at which another account's ledger begins, and the first one is back.
    static let (away, back) = (born + .seconds(3600), born + .seconds(7200))

    let (one, two, three) = (accountSID("1"), accountSID("2"), accountSID("3"))

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    func owner(_ sid: String?) -> LedgerOwner {
        LedgerOwner(account: "default", resource: "messages", accountSID: sid)
    }

    func open(_ sid: String?, folder: String? = nil) throws -> Ledger {
        try Ledger(folder: folder ?? self.folder, owner: owner(sid))
    }

    /// Two operations of the first account: one counted whole, and one of which more is to come.
    static let page: [Operations.Operation] = [
        .make("a", [.total: 10, .sent: 10]), .make("b", status: .processing, [.total: 20, .queued: 15, .sent: 5]),
    ]

    /// A ledger of the first account, which the API has answered, with the page.
    @discardableResult
    func fill(folder: String? = nil, sid: String = accountSID("1")) throws -> Ledger {
        let ledger = try open(sid, folder: folder)
        try ledger.confirmOwner()
        try ledger.record(Self.page, at: Self.born)
        try ledger.cover(from: Self.born, to: Self.born + .seconds(1))
        try ledger.completeWindow()
        return ledger
    }

    /// The ledger after the API has answered an owner.
    @discardableResult
    func change(_ sid: String, _ page: [Operations.Operation] = [], at now: Timestamp = away) throws -> Ledger {
        let ledger = try open(sid)
        try ledger.confirmOwner()
        try ledger.record(page, at: now)
        return ledger
    }

    /// The files that lie aside, with what they hold.
    func asides() throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.contains(".set-aside-") }
        return try Dictionary(
            uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: URL(fileURLWithPath: folder + "/" + $0))) })
    }

    func sid(in path: String) throws -> String? {
        let statement = try Connection(path: path).prepare("SELECT value FROM ledger WHERE key = 'account_sid'")
        return try statement.step() ? statement.text(0) : nil
    }

    // MARK: Until the API has answered

    @Test(
        "another SID changes nothing and takes nothing before the API has answered, stored or not",
        arguments: [true, false])
    func dispute(stored: Bool) throws {
        let ledger = try fill(folder: stored ? nil : ":memory:")
        let before = ledger.state
        let place = stored ? path : ":memory:"
        ledger.belong(to: owner(two))
        #expect(
            ledger.dispute?.description == """
                the ledger \(place) belongs to account SID \(one), and the configured account SID \(two) has \
                not had an answer 200 from the API: counters stand still; correct the account SID, or its credentials
                """)
        let refusal = LedgerError.disputed(LedgerDispute(path: place, holder: one, claimant: two))
        #expect(throws: refusal) { try ledger.record([.make("c", [.total: 5])], at: Self.away) }
        #expect(throws: refusal) { _ = try ledger.retire(at: Self.born + .seconds(9 * 86_400)) }
        #expect(throws: refusal) { try ledger.cover(from: Self.born, to: Self.away) }
        #expect(ledger.state == before)
        ledger.belong(to: owner(one))
        #expect(ledger.dispute == nil)
        try ledger.record([.make("c", created: Self.away, [.total: 5])], at: Self.away)
        #expect(ledger.state.totals[.gained(.messages)] == 35)
        #expect(ledger.ownerChange == nil)
    }

    @Test("a start under another SID leaves the file as it is, and so does the end of it")
    func start() throws {
        let before = try fill().state
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        do {
            let ledger = try open(two)
            #expect(ledger.dispute != nil)
            #expect(ledger.state == before)
            try ledger.verify()
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
        #expect(try asides().isEmpty)
        let ledger = try open(one)
        #expect(ledger.dispute == nil)
        #expect(ledger.state == before)
    }

    @Test("a ledger that knows no SID takes the one that the API has answered, and not one that it has not")
    func firstSID() throws {
        let ledger = try open(nil)
        try ledger.confirmOwner()
        try ledger.record(Self.page, at: Self.born)
        for sid in [accountSID("9"), one, nil] {
            ledger.belong(to: owner(sid))
            #expect(ledger.dispute == nil)
            #expect(try self.sid(in: path) == nil)
        }
        ledger.belong(to: owner(one))
        try ledger.confirmOwner()
        #expect(try sid(in: path) == one)
        #expect(ledger.state.totals[.gained(.messages)] == 30)
        ledger.belong(to: owner(nil))
        #expect(ledger.dispute == nil)
        try ledger.confirmOwner()
        #expect(try sid(in: path) == one)
        #expect(ledger.ownerChange == nil && ledger.recovery == nil)
    }

    @Test(
        "a stored text that is no account SID is never shown and belongs to nobody, and the ledger takes the SID answered",
        arguments: ["0123456789abcdef0123456789abcdef", "SK" + String(repeating: "1", count: 32), "AC1", "AC1\nforged"])
    func storedSecret(text: String) throws {
        try fill()
        do { try Connection(path: path).execute("UPDATE ledger SET value = '\(text)' WHERE key = 'account_sid'") }
        let ledger = try open(two)
        #expect(ledger.dispute == nil)
        try ledger.confirmOwner()
        #expect(ledger.ownerChange == nil)
        #expect(ledger.state.totals[.gained(.messages)] == 30)
        #expect(try sid(in: path) == two)
        ledger.close()
        let stored = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(stored.range(of: Data(text.utf8)) == nil)
    }

    @Test("where no SID is configured, a stored text that is none goes with the first answer")
    func storedSecretWithoutSID() throws {
        try fill()
        let secret = "0123456789abcdef0123456789abcdef"
        do { try Connection(path: path).execute("UPDATE ledger SET value = '\(secret)' WHERE key = 'account_sid'") }
        do {
            let ledger = try open(nil)
            try ledger.confirmOwner()
            #expect(ledger.state.totals[.gained(.messages)] == 30)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).range(of: Data(secret.utf8)) == nil)
        #expect(try sid(in: path) == "")
    }

    @Test("a SID in the other case is the same")
    func otherCase() throws {
        try fill(sid: accountSID("a"))
        let ledger = try open(accountSID("A"))
        #expect(ledger.dispute == nil)
        try ledger.confirmOwner()
        #expect(ledger.state.totals[.gained(.messages)] == 30)
    }

    @Test("a damaged ledger of another SID is set aside at once, and the fresh one takes the SID that is answered")
    func damaged() throws {
        try fill()
        try Connection(path: path).execute("UPDATE total SET value = 1 WHERE key = 'gained.messages'")
        let ledger = try open(two)
        #expect(ledger.recovery?.reason == "its totals are not what was saved")
        #expect(ledger.dispute == nil)
        ledger.belong(to: owner(one))
        try ledger.confirmOwner()
        #expect(try sid(in: path) == one)
    }

    // MARK: Once it has

    @Test("an answer to another SID sets the ledger aside and begins a fresh one", arguments: [true, false])
    func change(stored: Bool) throws {
        let ledger = try fill(folder: stored ? nil : ":memory:")
        ledger.belong(to: owner(two))
        try ledger.confirmOwner()
        #expect(ledger.dispute == nil)
        #expect(ledger.state.birth == nil)
        let change = try #require(ledger.ownerChange)
        #expect(
            change.description == """
                ledger set aside and a fresh one begun: \(stored ? path : ":memory:") belonged to account SID \(one), \
                and the API answers account SID \(two), which is configured; if that is wrong, correct it, and the old \
                ledger is taken back
                """)
        #expect(change.takenBack == nil)
        try ledger.record([.make("c", created: Self.away, [.total: 5])], at: Self.away)
        #expect(ledger.state.totals[.gained(.messages)] == 5)
        #expect(ledger.state.totals[.recoveries] == (stored ? 1 : 0))
        guard stored else { return }
        #expect(try sid(in: path) == two)
        let aside = try #require(change.setAside)
        #expect(try asides().keys.map { folder + "/" + $0 } == [aside])
        #expect(try sid(in: aside) == one)
        #expect(try Connection(path: aside).integer("SELECT value FROM total WHERE key = 'gained.messages'") == 30)
    }

    @Test("while the ledger cannot give way it stays as it is, and a later call tries again")
    func giveWayFails() throws {
        let ledger = try fill()
        let before = ledger.state
        ledger.belong(to: owner(two))
        // A folder where the draft would be.
        try FileManager.default.createDirectory(atPath: path + ".new", withIntermediateDirectories: true)
        #expect(throws: LedgerError.self) { try ledger.confirmOwner() }
        #expect(ledger.state == before)
        #expect(ledger.ownerChange == nil)
        #expect(try asides().isEmpty)
        try FileManager.default.removeItem(atPath: path + ".new")
        // And one that cannot be taken away where its log would be.
        try FileManager.default.createDirectory(atPath: path + "-journal/x", withIntermediateDirectories: true)
        #expect(throws: LedgerError.self) { try ledger.confirmOwner() }
        #expect(try asides().isEmpty)
        try FileManager.default.removeItem(atPath: path + "-journal")
        try ledger.confirmOwner()
        #expect(ledger.ownerChange?.setAside != nil)
        #expect(try sid(in: path) == two)
    }

    // MARK: Back again

    @Test("the ledger that is taken back holds its operations and marks, and its totals begin at 0")
    func takenBack() throws {
        try fill()
        let aside = try #require(try change(two, [.make("x", created: Self.away, [.total: 7])]).ownerChange?.setAside)
        let ledger = try open(one)
        try ledger.confirmOwner()
        #expect(ledger.ownerChange?.takenBack == aside)
        #expect(ledger.ownerChange?.description.hasPrefix("ledger set aside and an earlier one taken back: ") == true)
        #expect(try asides().count == 1)
        #expect(try sid(in: #require(ledger.ownerChange?.setAside)) == two)
        try ledger.verify()
        for total in Total.allCases {
            #expect(
                ledger.state.totals[total] == (total == .operationsHeld || total == .recoveries ? 2 : 0), "\(total)")
        }
        #expect(ledger.state.durations == DurationHistogram())
        #expect(ledger.state.coverage.spans.isEmpty)
        #expect(!ledger.state.windowIsComplete)
        #expect(ledger.state.birth == nil)
        #expect(ledger.state.retentionEdge == Self.born - Operation.retention)
        // Known and unchanged; known, and grown; of the time between; new.
        try ledger.record(
            [
                Self.page[0], .make("b", status: .processing, [.total: 20, .queued: 5, .sent: 15]),
                .make("between", created: Self.away, [.total: 100, .sent: 50]),
                .make("new", created: Self.back, [.total: 3]),
            ], at: Self.back)
        #expect(ledger.state.birth == Self.back)
        #expect(ledger.state.totals[.gained(.messages)] == 3)
        #expect(ledger.state.totals[.gained(.sent)] == 10)
        #expect(ledger.state.totals[.operationsSeen] == 1)
        #expect(ledger.state.totals[.operationsHeld] == 4)
        #expect(ledger.state.window[.processing, .operations] == 1)
        #expect(ledger.state.window[.completed, .operations] == 3)
        while try ledger.retire(at: Self.back) {}
        #expect(ledger.state.totals[.coverageGapMilliseconds] == 0)
        let shown = ledger.state
        ledger.close()
        #expect(try open(one).state == shown)
    }

    @Test("the newest of an account's ledgers is taken back, and no other file is touched")
    func newest() throws {
        try fill()
        try change(two)
        // Begun where there was no ledger, so that nothing is taken back: it is set aside beside the first.
        try FileManager.default.removeItem(atPath: path)
        try change(one, [.make("c", created: Self.away, [.total: 5])])
        try change(three)
        try Data("no ledger".utf8).write(to: URL(fileURLWithPath: path + ".set-aside-20991231T235959Z"))
        let before = try asides()
        #expect(before.count == 3)
        let ledger = try change(one, [.make("c", created: Self.away, [.total: 5, .sent: 5])], at: Self.back)
        #expect(ledger.state.totals[.gained(.messages)] == 0)
        #expect(ledger.state.totals[.gained(.sent)] == 5)
        #expect(ledger.state.totals[.operationsHeld] == 1)
        let after = try asides()
        #expect(after.count == 3)
        #expect(before.filter { after[$0.key] == $0.value }.count == 2)
    }

    static let damages = [
        "UPDATE operation SET mark_sent = 0 WHERE id = 'b'",
        "UPDATE total SET value = 29 WHERE key = 'gained.messages'",
        "CREATE TRIGGER foreign_one AFTER INSERT ON operation BEGIN DELETE FROM total; END",
        "DROP INDEX operation_unfinished", "PRAGMA user_version = 99", "PRAGMA application_id = 7",
        "UPDATE ledger SET value = 'support' WHERE key = 'account'",
        "UPDATE ledger SET value = 'emails' WHERE key = 'resource'",
    ]

    @Test("a ledger that is damaged, or another's, stays where it lies, byte for byte", arguments: damages)
    func unsound(damage: String) throws {
        try fill()
        let aside = try #require(try change(two).ownerChange?.setAside)
        do { try Connection(path: aside).execute(damage) }
        let before = try asides()
        let ledger = try change(one)
        #expect(ledger.ownerChange?.takenBack == nil)
        #expect(
            ledger.ownerChange?.passedOver.map(\.path)
                == (damage.contains("'account'") || damage.contains("'resource'") ? [] : [aside]))
        #expect(ledger.state.totals[.operationsHeld] == 0)
        let after = try asides()
        #expect(after.count == 2)
        #expect(before.allSatisfy { after[$0.key] == $0.value })
    }

    @Test("one of the two that is damaged does not hide the other")
    func olderSound() throws {
        try fill()
        let first = try #require(try change(two).ownerChange?.setAside)
        try FileManager.default.copyItem(atPath: first, toPath: path + ".set-aside-20980101T000000Z")
        do { try Connection(path: path + ".set-aside-20980101T000000Z").execute("DELETE FROM total") }
        let ledger = try change(one)
        #expect(ledger.ownerChange?.takenBack == first)
        #expect(ledger.state.totals[.operationsHeld] == 2)
    }

    @Test(
        "one that may not be written, or a folder that may not be listed, is an error, and taken back once it may",
        arguments: [(0o700, 0o400), (0o300, 0o600)])
    func forbidden(folderMode: mode_t, mode: mode_t) async throws {
        try fill()
        let aside = try #require(try change(two).ownerChange?.setAside)
        #expect(chmod(aside, mode) == 0)
        try await onOwnThread { [folder, path, owner = owner(one)] in
            try becomeFileUser(of: folder)
            #expect(chmod(folder, folderMode) == 0)
            let ledger = try Ledger(folder: folder, owner: owner)
            let before = ledger.state
            let detail =
                mode == 0o400
                ? LedgerError.storage(
                    path: aside,
                    detail:
                        "cannot take it back: the file is read-only (SQLite 8); to do without it, move it to another folder"
                )
                : .storage(path: path, detail: "cannot list its folder: Permission denied")
            #expect(throws: detail) { try ledger.confirmOwner() }
            #expect(ledger.state == before)
            #expect(ledger.dispute != nil)
            #expect(chmod(folder, 0o700) == 0 && chmod(aside, 0o600) == 0)
            try ledger.confirmOwner()
            #expect(ledger.ownerChange?.takenBack == aside)
            #expect(ledger.state.totals[.operationsHeld] == 2)
        }
    }

    @Test("a second name that a change cut short has given to the present ledger goes with the next one")
    func secondName() throws {
        try fill()
        try FileManager.default.linkItem(atPath: path, toPath: path + ".set-aside-20980101T000000Z")
        let aside = try #require(try change(two).ownerChange?.setAside)
        #expect(try asides().keys.map { folder + "/" + $0 } == [aside])
        #expect(try change(one).state.totals[.operationsHeld] == 2)
    }

    @Test("a program that only has the ledger open does not hold up a change")
    func openElsewhere() throws {
        try fill()
        let other = try Connection(path: path)
        #expect(try other.integer("SELECT count(*) FROM operation") == 2)
        let ledger = try change(two)
        let aside = try #require(ledger.ownerChange?.setAside)
        #expect(try Connection(path: aside).integer("SELECT count(*) FROM operation") == 2)
        withExtendedLifetime(other) {}
    }

    @Test("a symbolic link to a file that is missing is no ledger to begin")
    func danglingLink() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: folder + "/gone")
        #expect(
            throws: LedgerError.storage(path: path, detail: "it is a symbolic link to a file that is missing")
        ) { _ = try open(one) }
        #expect(!FileManager.default.fileExists(atPath: folder + "/gone"))
    }

    @Test("a clock that was set back makes no older ledger the newest")
    func setBack() throws {
        try fill()
        let first = try #require(try change(two).ownerChange?.setAside)
        let future = path + ".set-aside-20990101T000000Z"
        try FileManager.default.moveItem(atPath: first, toPath: future)
        #expect(try change(one).ownerChange?.setAside == future + "_2")
        #expect(try change(three).ownerChange?.setAside == future + "_3")
        // The number that this frees is not given again.
        #expect(try change(two).ownerChange?.takenBack == future + "_2")
        #expect(try change(one).ownerChange?.setAside == future + "_5")
    }

    @Test("a ledger that was removed while another SID waited for an answer is not begun afresh in silence")
    func removedMeanwhile() throws {
        let ledger = try fill()
        ledger.belong(to: owner(two))
        try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
        for _ in 0..<2 {
            #expect(throws: LedgerError.lost(path: path, detail: "it was removed")) { try ledger.confirmOwner() }
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("a ledger that lies aside with its log is taken back with what the log holds")
    func withLog() throws {
        do {
            let ledger = try fill()
            let aside = path + ".set-aside-20250101T000000Z"
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: path + suffix, toPath: aside + suffix)
            }
            #expect(LedgerDatabase.hasLog(aside))
            ledger.close()
        }
        try FileManager.default.removeItem(atPath: path)
        try change(two)
        let ledger = try change(one)
        #expect(ledger.ownerChange?.takenBack == path + ".set-aside-20250101T000000Z")
        #expect(ledger.state.totals[.operationsHeld] == 2)
        #expect(try asides().keys.allSatisfy { !$0.hasPrefix("default.messages.db.set-aside-2025") })
    }

    @Test("a ledger of an older schema is taken over and taken back", arguments: ["schema-1", "schema-2", "schema-3"])
    func olderSchema(fixture: String) throws {
        try change(two)
        let source = try #require(Bundle.module.url(forResource: "Fixtures/\(fixture)", withExtension: "db"))
        let aside = path + ".set-aside-20240421T000000Z"
        try FileManager.default.copyItem(atPath: source.path, toPath: aside)
        do { try Connection(path: aside).execute("UPDATE ledger SET value = '\(one)' WHERE key = 'account_sid'") }
        do {
            let ledger = try change(one)
            #expect(ledger.ownerChange?.takenBack == aside)
            #expect(ledger.state.totals[.operationsHeld] == 7)
            #expect(ledger.state.totals[.gained(.messages)] == 0)
        }
        // The copy of the old version is no ledger that lies aside.
        try change(three)
        #expect(try change(one).state.totals[.operationsHeld] == 7)
        #expect(FileManager.default.fileExists(atPath: aside + ".schema-" + fixture.suffix(1)))
    }

    @Test("where a wrong SID stood beside a right key, what both ledgers hold counts once")
    func sameAccount() throws {
        try fill()
        let grown = Operations.Operation.make("b", status: .processing, [.total: 20, .queued: 5, .sent: 15])
        try change(two, [Self.page[1], .make("c", created: Self.away, [.total: 5])])
        do {
            let wrong = try open(two)
            try wrong.record([grown], at: Self.away + .seconds(60))
            #expect(wrong.state.totals[.gained(.sent)] == 10)
            #expect(wrong.state.totals[.gained(.messages)] == 5)
        }
        let ledger = try change(one, [grown, .make("c", created: Self.away, [.total: 5])], at: Self.back)
        #expect(ledger.state.totals[.gained(.sent)] == 0)
        #expect(ledger.state.totals[.gained(.messages)] == 0)
        let more = Operations.Operation.make("b", [.total: 20, .sent: 20])
        try ledger.record([more], at: Self.back + .seconds(60))
        #expect(ledger.state.totals[.gained(.sent)] == 5)
        #expect(ledger.state.totals[.operationsCompleted] == 1)
    }

    @Test("nothing is taken back where no other SID's ledger gives way")
    func onlyThen() throws {
        try fill()
        try change(two)
        let before = try asides()
        try FileManager.default.removeItem(atPath: path)
        let ledger = try change(one)
        try ledger.beginAfresh(because: "a test")
        try ledger.confirmOwner()
        #expect(ledger.state.totals[.operationsHeld] == 0)
        let after = try asides()
        #expect(before.allSatisfy { after[$0.key] == $0.value })
    }
}
