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
        while !run.isOver {
            let before = try run.committed()
            try attempts(on: disk) {
                do { try run.takeStep() } catch {
                    try expect(try run.isStill(before), "after \(error): \(run.committed()), not \(before)")
                    throw error
                }
            }
        }
        try expect(try run.committed() == end, "in the end \(run.committed()), not \(end)")
        // What a sync that failed may have lost was written once more.
        try expectAll(of: disk, committed: end, history)
    }

    /// Tries until it works; the third time the disk has been mended.
    private static func attempts<Result>(on disk: FaultyDisk, _ body: () throws -> Result) throws -> Result {
        for _ in 0..<2 {
            do { return try body() } catch is LedgerError {}
        }
        disk.fail(FAULTY_DISK_WORKS, 0..<0)
        return try body()
    }

    private static func expectAll(of disk: FaultyDisk, committed: Committed, _ history: History) throws {
        var random = SplitMix64(seed: seed)
        var model = Disk()
        for number in 0..<disk.count { disk.operations(at: number).forEach { model.apply($0) } }
        let left = try FaultyDisk(model.image(.some, using: &random))
        let reopened = try LedgerRun(history, in: left.path)
        let found = try reopened.committed()
        try expect(found == committed, "after a power cut \(found), not \(committed)")
    }

    private static func expect(_ condition: Bool, _ fault: @autoclosure () throws -> String) throws {
        guard !condition else { return }
        throw Broken(description: try fault())
    }
}
