import CFaultyDisk
import Simulator
import TestSupport
import Testing

@testable import Ledger

/// The disk fails at every operation that a history of a ledger takes, in every way that concerns it.
///
/// `DISK_FAULT_SEED` repeats a run: a failure names it. `DISK_FAULT_STEPS` sets how long the history is.
@Suite struct DiskFaultTests {
    struct Fault: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let fault: faulty_disk_fault
        /// How many of the next operations fail.
        let length: Int
    }

    static let faults = [
        ("no space", FAULTY_DISK_FULL), ("write error", FAULTY_DISK_WRITE_ERROR),
        ("sync error", FAULTY_DISK_SYNC_ERROR),
    ].flatMap { name, fault in
        [
            Fault(testDescription: "\(name), once", fault: fault, length: 1),
            Fault(testDescription: "\(name) until it is mended", fault: fault, length: 1 << 40),
        ]
    }

    private static let seed = setting("DISK_FAULT_SEED") ?? UInt64.random(in: 0..<1 << 40)
    private static let steps = setting("DISK_FAULT_STEPS") ?? 16

    private struct Broken: Error, CustomStringConvertible {
        let description: String
    }

    @Test(
        "wherever the disk fails, the ledger shows what was last committed, and takes the same step when it works again",
        arguments: faults)
    func anyOperation(_ fault: Fault) async throws {
        var history = History.random(seed: Self.seed, steps: Self.steps)
        history.steps.insert(.beginAfresh, at: Self.steps / 2)
        do {
            try await onOwnThread { [history] in try Self.check(fault, history) }
        } catch {
            Issue.record("DISK_FAULT_SEED=\(Self.seed) DISK_FAULT_STEPS=\(Self.steps): \(error)\n\(history)")
        }
    }

    private static func check(_ fault: Fault, _ history: History) throws {
        let disk = try FaultyDisk()
        var run = try LedgerRun(history, in: disk.path)
        try run.takeAllSteps()
        let end = try run.committed()
        try expect(disk.count > 50, "only \(disk.count) operations reached the disk")
        for number in 0..<disk.count where disk.isConcerned(number, by: fault.fault) {
            do { try check(fault, at: number, history, end) } catch {
                throw Broken(description: "\(fault.testDescription) at operation \(number): \(error)")
            }
        }
    }

    /// Lives through the history with a fault at one operation.
    private static func check(_ fault: Fault, at number: Int, _ history: History, _ end: Committed) throws {
        let disk = try FaultyDisk()
        disk.fail(fault.fault, number..<number + fault.length)
        var run = try attempts(on: disk) { try LedgerRun(history, in: disk.path) }
        var rehearsal = Rehearsal(history, on: disk)
        try rehearsal.note(run)
        while !run.isOver {
            let before = try run.committed()
            try attempts(on: disk) {
                do { try run.takeStep() } catch {
                    try expect(try run.isStill(before), "after \(error): \(run.committed()), not \(before)")
                    throw error
                }
            }
            try rehearsal.note(run)
        }
        try expect(try run.committed() == end, "in the end \(run.committed()), not \(end)")
        try survivesPowerCut(rehearsal, since: number)
    }

    /// Tries until it works; the third time the disk has been mended.
    private static func attempts<Result>(on disk: FaultyDisk, _ body: () throws -> Result) throws -> Result {
        for _ in 0..<2 {
            do { return try body() } catch is LedgerError {}
        }
        disk.fail(FAULTY_DISK_WORKS, 0..<0)
        return try body()
    }

    /// Cuts the power at some time after the fault, and in the end: what a failed sync may have lost was written once more.
    private static func survivesPowerCut(_ rehearsal: Rehearsal, since number: Int) throws {
        var random = SplitMix64(seed: seed &+ UInt64(number))
        let end = rehearsal.disk.count
        let cuts = [
            Int.random(in: number...end, using: &random),
            Int.random(in: number...min(number + 20, end), using: &random), end,
        ]
        var disk = Disk()
        for done in 0...end {
            if done > 0 { rehearsal.disk.operations(at: done - 1).forEach { disk.apply($0) } }
            guard cuts.contains(done) else { continue }
            let image = disk.image(.some, using: &random)
            if let fault = try rehearsal.fault(in: image, after: done, goingOn: false) {
                throw Broken(description: "a power cut after \(done) operations: \(fault)")
            }
        }
    }

    private static func expect(_ condition: Bool, _ fault: @autoclosure () throws -> String) throws {
        guard !condition else { return }
        throw Broken(description: try fault())
    }
}
