import Operations
import Simulator
import TestSupport
import Testing

@testable import Ledger

/// The power fails at every operation on the disk that it takes one SID's ledger to give way to another's.
@Suite struct OwnerChangeTests {
    private static func confirmed(_ sid: String, in folder: String) throws -> Ledger {
        let ledger = try Ledger(
            folder: folder, owner: LedgerOwner(account: "default", resource: "messages", accountSID: sid))
        try ledger.confirmOwner()
        return ledger
    }

    private static let born = LedgerTests.birth
    private static let first: [Operation] = [.make("a", status: .processing, [.total: 20, .queued: 15, .sent: 5])]
    private static let grown: [Operation] = [.make("a", status: .processing, [.total: 20, .queued: 5, .sent: 15])]

    @Test(
        "wherever the power fails, the account that returns has a sound ledger and counts nothing twice",
        arguments: PowerCut.allCases)
    func anyOperation(_ cut: PowerCut) async throws {
        let fault = try await onOwnThread { () throws -> String? in
            let disk = try FaultyDisk()
            do { try Self.confirmed("AC1", in: disk.path).record(Self.first, at: Self.born) }
            do { try Self.confirmed("AC2", in: disk.path).record([], at: Self.born + .seconds(60)) }
            let start = disk.count
            do { try Self.confirmed("AC1", in: disk.path).record(Self.grown, at: Self.born + .seconds(120)) }
            var random = SplitMix64(seed: 17)
            var image = Disk([:])
            var returned = 0
            for number in 0..<disk.count {
                for operation in disk.operations(at: number) { image.apply(operation) }
                guard number >= start else { continue }
                let left = try FaultyDisk(image.image(cut, using: &random))
                let ledger = try Self.confirmed("AC1", in: left.path)
                if let recovery = ledger.recovery { return "\(recovery) after \(number)" }
                try ledger.verify()
                try ledger.record(Self.grown, at: Self.born + .seconds(180))
                // Taken back, the operation has gained 10; to a fresh ledger it is history.
                let sent = ledger.state.totals[.gained(.sent)]
                guard [0, 10].contains(sent), ledger.state.totals[.gained(.messages)] == 0 else {
                    return "\(sent) sent after \(number)"
                }
                returned += sent == 10 ? 1 : 0
            }
            return disk.count - start > 10 && returned > (disk.count - start) / 2
                ? nil : "\(returned) of \(disk.count - start)"
        }
        if let fault { Issue.record("\(cut): \(fault)") }
    }
}
