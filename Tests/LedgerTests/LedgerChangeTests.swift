import Foundation
import Operations
import Testing

@testable import Ledger

/// A ledger that is told, while it is open, to read stats otherwise, that it is another's, or to close.
@Suite final class LedgerChangeTests {
    let folder = NSTemporaryDirectory() + "ledger-" + UUID().uuidString
    static let born = LedgerTests.birth

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func owner(_ sid: String?) -> LedgerOwner {
        LedgerOwner(account: "default", resource: "messages", accountSID: sid)
    }

    private func open(sid: String? = nil, folder: String? = nil) throws -> Ledger {
        let ledger = try Ledger(folder: folder ?? self.folder, owner: owner(sid))
        if ledger.state.birth == nil { try ledger.record([Self.seen], at: Self.born) }
        return ledger
    }

    private static let seen = Operation.make("a", [.total: 10, .queued: 6, .sent: 4])
    /// Both readings are possible, and the exclusive one says more.
    private static let open = Operation.make("open", [.sent: 4, .delivered: 3])

    @Test("another reading counts what the same stats then come to, once")
    func reading() throws {
        let ledger = try open()
        try ledger.record([Self.open], at: Self.born)
        #expect(ledger.state.totals[.gained(.sent)] == 8)
        ledger.force(.exclusive)
        #expect(ledger.readingInForce == .exclusive)
        for _ in 0..<2 {
            try ledger.record([Self.open], at: Self.born)
            #expect(ledger.state.totals[.gained(.sent)] == 11)
        }
        ledger.force(.cumulative)
        try ledger.record([Self.open, .make("b", [.sent: 4, .delivered: 3])], at: Self.born)
        #expect(ledger.state.totals[.gained(.sent)] == 15)
        ledger.force(nil)
        #expect(ledger.readingInForce == .cumulative)
    }

    @Test("who is told a SID it did not know keeps its ledger, stored or not", arguments: [false, true])
    func firstSID(stored: Bool) throws {
        let ledger = try open(folder: stored ? nil : ":memory:")
        let before = ledger.state
        for sid in ["AC1", "AC1", nil] {
            try ledger.belong(to: owner(sid))
            #expect(ledger.state == before)
        }
        #expect(ledger.recovery == nil)
        try ledger.record([.make("a", [.total: 11, .sent: 4, .delivered: 3])], at: Self.born)
        #expect(ledger.state.totals[.gained(.messages)] == 11)
    }

    @Test("another SID begins a fresh ledger and keeps the old one aside", arguments: [false, true])
    func otherSID(stored: Bool) throws {
        let ledger = try open(sid: "AC1", folder: stored ? nil : ":memory:")
        try ledger.belong(to: owner("AC2"))
        #expect(ledger.state.birth == nil)
        #expect(ledger.state.totals[.gained(.messages)] == 0)
        #expect((ledger.recovery?.reason == "it belongs to another account SID") == stored)
        try ledger.record([Self.seen], at: Self.born)
        #expect(ledger.state.totals[.gained(.messages)] == 10)
    }

    @Test("a closed ledger is free for another, and takes nothing any more")
    func close() throws {
        let ledger = try open()
        #expect(throws: LedgerError.inUse(path: folder + "/default.messages.db")) { try self.open() }
        ledger.close()
        let next = try open()
        #expect(next.state.totals[.gained(.messages)] == 10)
        #expect(
            throws: LedgerError.storage(path: folder + "/default.messages.db", detail: "it is closed")
        ) { try ledger.record([Self.seen], at: Self.born) }
        #expect(throws: LedgerError.self) { try ledger.belong(to: self.owner("AC2")) }
        #expect(next.state.totals[.gained(.messages)] == 10)
    }
}
