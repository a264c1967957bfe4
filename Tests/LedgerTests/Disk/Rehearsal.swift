@testable import Ledger

/// One life of a ledger on a disk, and what it had committed when: the measure of what a power cut may leave of it.
struct Rehearsal {
    /// After so many operations on the disk this had been committed: when the ledger was open, and after each step.
    private struct Moment {
        let operations: Int
        let committed: Committed
    }

    let disk: FaultyDisk
    private let history: History
    private var moments: [Moment] = []

    init(_ history: History, on disk: FaultyDisk) {
        self.history = history
        self.disk = disk
    }

    /// Notes what is committed now that the ledger has been opened, or has taken a step.
    mutating func note(_ run: LedgerRun) throws {
        moments.append(Moment(operations: disk.count, committed: try run.committed()))
    }

    /// Opens what a power cut after `number` operations has left: it is what had been committed then, or what was being
    /// committed. Goes on from there where the ledger is to live to its end. Returns what is not as it should be.
    func fault(in image: [String: [UInt8]], after number: Int, goingOn: Bool) throws -> String? {
        let disk = try FaultyDisk(image)
        var run = try LedgerRun(history, in: disk.path)
        if let recovery = run.ledger?.recovery { return "\(recovery)" }
        try run.ledger?.verify()
        let found = try run.committed()
        let returned = moments.lastIndex { $0.operations <= number }
        let allowed = (returned ?? 0)..<min((returned ?? -1) + 2, moments.count)
        guard let reached = allowed.last(where: { moments[$0].committed == found }) else {
            return "\(found) after \(allowed.map { moments[$0].committed })"
        }
        guard goingOn else { return nil }
        run.skip(to: reached)
        try run.takeAllSteps()
        let end = try run.committed()
        return moments.last?.committed == end ? nil : "in the end \(end)"
    }
}
