import CFaultyDisk
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

    /// A disk with a ledger of the first account that has counted 5 sent messages; where the next change is back to it, the
    /// second account's has taken its place.
    private static func disk(before next: Character) throws -> FaultyDisk {
        let disk = try FaultyDisk()
        try confirmed(accountSID("1"), in: disk.path).record(first, at: born)
        if next == "1" { try change(to: "2", on: disk) }
        return disk
    }

    private static func change(to digit: Character, on disk: FaultyDisk) throws {
        let page = digit == "1" ? grown : []
        try confirmed(accountSID(digit), in: disk.path).record(page, at: born + .seconds(120))
    }

    @Test(
        "wherever the power fails in a change of owner, the account that returns has its ledger and counts nothing twice",
        arguments: PowerCut.allCases, ["1", "2"] as [Character])
    func anyOperation(_ cut: PowerCut, _ next: Character) async throws {
        let fault = try await onOwnThread { () throws -> String? in
            let disk = try Self.disk(before: next)
            let start = disk.count
            try Self.change(to: next, on: disk)
            var random = SplitMix64(seed: 17)
            var image = Disk([:])
            for number in 0..<disk.count {
                for operation in disk.operations(at: number) { image.apply(operation) }
                guard number >= start else { continue }
                let left = try FaultyDisk(image.image(cut, using: &random))
                if let fault = try Self.fault(in: left, whileBecoming: next) { return "\(fault) after \(number)" }
            }
            return disk.count - start > 10 ? nil : "only \(disk.count - start) operations"
        }
        if let fault { Issue.record("\(cut): \(fault)") }
    }

    /// Anything wrong with the first account when it returns to what a power cut has left, or with the second one after that.
    private static func fault(in left: FaultyDisk, whileBecoming next: Character) throws -> String? {
        do {
            let ledger = try confirmed(accountSID("1"), in: left.path)
            if let recovery = ledger.recovery { return "\(recovery)" }
            try ledger.verify()
            try ledger.record(grown, at: born + .seconds(180))
            // A ledger that never gave way has counted 15; one that is taken back counts the 10 gained since; a fresh one
            // would take the operation for history.
            let (sent, held) = (ledger.state.totals[.gained(.sent)], ledger.state.totals[.operationsHeld])
            guard sent == 10 || sent == 15 && next == "2", held == 1 else { return "\(sent) sent and \(held) held" }
        }
        let ledger = try confirmed(accountSID("2"), in: left.path)
        try ledger.verify()
        let held = ledger.state.totals[.operationsHeld]
        return ledger.recovery == nil && held == 0 ? nil : "\(held) held by the second account"
    }

    @Test(
        "a file system without second names keeps a copy of the former ledger, and a disk that fails costs neither of them",
        arguments: DiskFaultTests.faults + [
            DiskFaultTests.Fault(testDescription: "no links", fault: FAULTY_DISK_NO_LINKS, length: 1 << 40)
        ], ["1", "2"] as [Character])
    func failures(_ fault: DiskFaultTests.Fault, _ next: Character) async throws {
        let failure = try await onOwnThread { () throws -> String? in
            let rehearsal = try Self.disk(before: next)
            let start = rehearsal.count
            try Self.change(to: next, on: rehearsal)
            let numbers = (start..<rehearsal.count).filter { rehearsal.isConcerned($0, by: fault.fault) }
            for number in numbers {
                let disk = try Self.disk(before: next)
                disk.fail(fault.fault, number..<number + fault.length)
                var failure: (any Error)?
                do { try Self.change(to: next, on: disk) } catch { failure = error }
                if let failure, fault.fault == FAULTY_DISK_NO_LINKS { return "\(failure)" }
                if fault.fault != FAULTY_DISK_NO_LINKS { disk.fail(FAULTY_DISK_WORKS, 0..<0) }
                if let fault = try Self.fault(in: disk, whileBecoming: next) { return "\(fault) after \(number)" }
            }
            return numbers.isEmpty ? "no operation is concerned" : nil
        }
        if let failure { Issue.record("\(fault) to \(next): \(failure)") }
    }

    @Test("a read that fails in a change of owner is an error, and the next try takes back the same ledger")
    func reads() async throws {
        let fault = try await onOwnThread { () throws -> String? in
            var number = 0
            while true {
                let disk = try FaultyDisk()
                try Self.confirmed(accountSID("1"), in: disk.path).record(Self.first, at: Self.born)
                try Self.confirmed(accountSID("2"), in: disk.path).record(Self.grown, at: Self.born + .seconds(120))
                let ledger = try Ledger(
                    folder: disk.path,
                    owner: LedgerOwner(account: "default", resource: "messages", accountSID: accountSID("1")))
                let start = disk.reads
                disk.failReads(start + number..<start + number + 1)
                var failure: LedgerError?
                do throws(LedgerError) { try ledger.confirmOwner() } catch { failure = error }
                guard disk.reads > start + number else { return number > 10 ? nil : "only \(number) reads" }
                if case nil = failure {} else if case .storage = failure {} else { return "\(failure!) at \(number)" }
                try ledger.confirmOwner()
                try ledger.record(Self.grown, at: Self.born + .seconds(180))
                let (sent, held) = (ledger.state.totals[.gained(.sent)], ledger.state.totals[.operationsHeld])
                // The former ledger took the operation for history at 15 sent.
                guard sent == 0, held == 1, ledger.ownerChange?.takenBack != nil else {
                    return "\(sent) sent and \(held) held at \(number)"
                }
                number += 1
            }
        }
        if let fault { Issue.record("\(fault)") }
    }
}
