import CFaultyDisk
import Foundation
import Simulator
import TestSupport
import Testing

@testable import Ledger

/// The power fails at every operation on the disk that a history of a ledger takes.
///
/// `POWER_CUT_SEED` repeats a run: a failure names it. `POWER_CUT_STEPS` sets how long the history is.
@Suite struct PowerCutTests {
    private static let seed = setting("POWER_CUT_SEED") ?? UInt64.random(in: 0..<1 << 40)
    private static let steps = setting("POWER_CUT_STEPS") ?? 40

    @Test(
        "wherever the power fails, the ledger is what was last committed or what was being committed, and goes on from there",
        arguments: PowerCut.allCases)
    func anyHistory(_ cut: PowerCut) async throws {
        try await survives(cut, History.random(seed: Self.seed, steps: Self.steps))
    }

    @Test("a power cut while a ledger is set aside leaves the old one or the fresh one", arguments: PowerCut.allCases)
    func settingAside(_ cut: PowerCut) async throws {
        var history = History.random(seed: Self.seed, steps: Self.steps / 2)
        history.steps.insert(.beginAfresh, at: Self.steps / 4)
        // A few operations matter, and their order on the disk.
        try await survives(cut, history, images: cut == .nothing || cut == .everything ? 1 : 4)
    }

    @Test(
        "a power cut while a ledger of schema 1 is taken over leaves it as it was or taken over",
        arguments: PowerCut.allCases)
    func migration(_ cut: PowerCut) async throws {
        let fixture = try #require(
            Bundle.module.url(forResource: "schema-1", withExtension: "db", subdirectory: "Fixtures"))
        let files = [LedgerRun.name: [UInt8](try Data(contentsOf: fixture))]
        try await survives(cut, History(steps: [.retire, .completeWindow, .restart]), on: files)
    }

    @Test("a disk that keeps nothing of what it was told to sync is found out")
    func control() async throws {
        let history = History.random(seed: Self.seed, steps: Self.steps)
        let fault = try await onOwnThread { try Self.firstFault(.nothing, history, on: [:], images: 1, syncs: false) }
        #expect(fault != nil)
    }

    private func survives(
        _ cut: PowerCut, _ history: History, on files: [String: [UInt8]] = [:], images: Int = 1
    ) async throws {
        if let fault = try await onOwnThread({ try Self.firstFault(cut, history, on: files, images: images) }) {
            Issue.record("POWER_CUT_SEED=\(Self.seed) POWER_CUT_STEPS=\(Self.steps): \(fault)\n\(history)")
        }
    }

    /// Cuts the power after every number of operations; returns the first time something was not as it should be.
    private static func firstFault(
        _ cut: PowerCut, _ history: History, on files: [String: [UInt8]], images: Int, syncs: Bool = true
    ) throws -> String? {
        var random = SplitMix64(seed: seed)
        let rehearsal = try rehearsal(history, files)
        guard rehearsal.disk.count > 10 else { return "only \(rehearsal.disk.count) operations reached the disk" }
        var disk = Disk(files)
        for number in 0...rehearsal.disk.count {
            if number > 0 {
                for operation in rehearsal.disk.operations(at: number - 1) where syncs || !operation.isSync {
                    disk.apply(operation)
                }
            }
            for _ in 0..<images {
                let image = disk.image(cut, using: &random)
                let fault: String?
                do {
                    fault = try rehearsal.fault(in: image, after: number, goingOn: number % 7 == 0)
                } catch {
                    fault = "\(error)"
                }
                if let fault { return "\(cut) after \(number) operations: \(fault)" }
            }
        }
        return nil
    }

    /// One life without a cut. Where the disk is full at first, `beginAfresh` gets no further than to move the old file
    /// away, with a write-ahead log that could not be put into it.
    private static func rehearsal(_ history: History, _ files: [String: [UInt8]]) throws -> Rehearsal {
        let disk = try FaultyDisk(files)
        var rehearsal = Rehearsal(history, on: disk)
        var run = try LedgerRun(history, in: disk.path)
        try rehearsal.note(run)
        while !run.isOver {
            if case .beginAfresh = history.steps[run.next] {
                disk.fail(FAULTY_DISK_FULL, disk.count..<Int.max)
                try? run.takeStep()
                disk.fail(FAULTY_DISK_WORKS, 0..<0)
            }
            try run.takeStep()
            try rehearsal.note(run)
        }
        return rehearsal
    }
}

extension DiskOperation {
    fileprivate var isSync: Bool {
        guard case .sync = self else { return false }
        return true
    }
}
