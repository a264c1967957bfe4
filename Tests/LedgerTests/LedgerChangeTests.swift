import Foundation
import Operations
import Testing

@testable import Ledger

/// A ledger that is told, while it is open, to read stats otherwise, or to close.
@Suite final class LedgerChangeTests {
    let folder = NSTemporaryDirectory() + "ledger-" + UUID().uuidString
    static let born = LedgerTests.birth

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func open() throws -> Ledger {
        let ledger = try Ledger(
            folder: folder, owner: LedgerOwner(account: "default", resource: "messages", accountSID: nil))
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
        #expect(throws: LedgerError.self) { try ledger.confirmOwner() }
        #expect(next.state.totals[.gained(.messages)] == 10)
    }
}
