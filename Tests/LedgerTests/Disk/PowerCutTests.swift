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
    /// After so many operations this had been committed: when the ledger was open, and after each step.
    private struct Moment {
        let operations: Int
        let committed: Committed
    }

    /// One life without a cut.
    private struct Rehearsal {
        let disk: FaultyDisk
        private(set) var moments: [Moment] = []

        /// Where the disk is full at first, `beginAfresh` gets no further than to move the old file away, with a write-ahead
        /// log that could not be put into it.
        init(_ history: History, _ files: [String: [UInt8]]) throws {
            disk = try FaultyDisk(files)
            var run = try LedgerRun(history, in: disk.path)
            moments.append(Moment(operations: disk.count, committed: try run.committed()))
            while !run.isOver {
                if case .beginAfresh = history.steps[run.next] {
                    disk.fail(FAULTY_DISK_FULL, disk.count..<Int.max)
                    try? run.takeStep()
                    disk.fail(FAULTY_DISK_WORKS, 0..<0)
                }
                try run.takeStep()
                moments.append(Moment(operations: disk.count, committed: try run.committed()))
            }
        }
    }

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
        try await survives(cut, history)
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

    private func survives(_ cut: PowerCut, _ history: History, on files: [String: [UInt8]] = [:]) async throws {
        if let fault = try await onOwnThread({ try Self.firstFault(cut, history, on: files) }) {
            Issue.record("POWER_CUT_SEED=\(Self.seed) POWER_CUT_STEPS=\(Self.steps): \(fault)\n\(history)")
        }
    }

    /// Cuts the power after every number of operations; returns the first time something was not as it should be.
    private static func firstFault(
        _ cut: PowerCut, _ history: History, on files: [String: [UInt8]]
    ) throws -> String? {
        var random = SplitMix64(seed: seed)
        let rehearsal = try Rehearsal(history, files)
        var disk = Disk(files)
        for number in 0...rehearsal.disk.count {
            if number > 0 { rehearsal.disk.operations(at: number - 1).forEach { disk.apply($0) } }
            let image = disk.image(cut, using: &random)
            do {
                guard let fault = try fault(of: image, number, rehearsal.moments, history) else { continue }
                return "\(cut) after \(number) operations: \(fault)"
            } catch {
                return "\(cut) after \(number) operations: \(error)"
            }
        }
        return nil
    }

    /// Opens what a cut after `number` operations left, and goes on; returns what is not as it should be.
    private static func fault(
        of image: [String: [UInt8]], _ number: Int, _ moments: [Moment], _ history: History
    ) throws -> String? {
        let disk = try FaultyDisk(image)
        var run = try LedgerRun(history, in: disk.path)
        if let recovery = run.ledger?.recovery { return "\(recovery)" }
        try run.ledger?.verify()
        let found = try run.committed()
        let returned = moments.lastIndex { $0.operations <= number } ?? 0
        let allowed = returned..<min(returned + 2, moments.count)
        guard let reached = allowed.last(where: { moments[$0].committed == found }) else {
            return "\(found) after \(allowed.map { moments[$0].committed })"
        }
        guard number % 7 == 0 else { return nil }
        run.skip(to: reached)
        try run.takeAllSteps()
        let end = try run.committed()
        return moments.last?.committed == end ? nil : "in the end \(end)"
    }
}
