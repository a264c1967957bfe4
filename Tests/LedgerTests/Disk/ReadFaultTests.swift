import Foundation
import Operations
import TestSupport
import Testing

@testable import Ledger

/// The disk fails at every read that opening a ledger and using it takes: that is no damage.
@Suite struct ReadFaultTests {
    /// Operations of a day, enough of them for a tree of several pages, with ids too long for one page.
    private static let page: [Operations.Operation] = (0..<150).map { (number: Int64) in
        .make(
            "comms_operation_\(number)" + String(repeating: "x", count: number % 50 == 0 ? 5000 : 0),
            status: .processing, created: LedgerTests.birth + .seconds(number * 400),
            [.total: number, .sent: number % 7])
    }

    /// The files of a ledger that has forgotten half of what it held, so that some of its pages are free.
    private func files() throws -> [String: [UInt8]] {
        let folder = try TemporaryFolder()
        do {
            let ledger = try Ledger(folder: folder.path, owner: LedgerRun.owner)
            try ledger.record(Self.page, at: LedgerTests.birth)
            while try ledger.retire(at: LedgerTests.birth + Operation.retention + .seconds(30_000)) {}
        }
        let url = URL(fileURLWithPath: folder.path + "/" + LedgerRun.name)
        return [LedgerRun.name: [UInt8](try Data(contentsOf: url))]
    }

    /// Opens the ledger and does what reads all of it.
    @discardableResult
    private static func use(_ disk: FaultyDisk) throws -> LedgerState {
        let ledger = try Ledger(folder: disk.path, owner: LedgerRun.owner)
        guard ledger.recovery == nil else { throw LedgerError.damaged(path: disk.path, detail: "set aside") }
        try ledger.verify()
        try ledger.record(page, at: LedgerTests.birth + Operation.retention)
        return ledger.state
    }

    @Test("a disk that cannot be read for a moment is an error, and no ledger is set aside for it")
    func reads() async throws {
        let files = try files()
        try await onOwnThread {
            let disk = try FaultyDisk(files)
            let state = try Self.use(disk)
            #expect(disk.reads > 15)
            for number in 0..<disk.reads {
                let disk = try FaultyDisk(files)
                disk.failReads(number..<number + 1)
                do {
                    try Self.use(disk)
                } catch LedgerError.storage {
                } catch {
                    Issue.record("read \(number): \(error)")
                }
                #expect(try Self.use(disk) == state, "after read \(number)")
            }
        }
    }
}
