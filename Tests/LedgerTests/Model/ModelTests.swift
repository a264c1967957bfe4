import Foundation
import Operations
import TestSupport
import Testing

@testable import Ledger

/// The real ledger on real SQLite against the model, after every step of random histories.
///
/// `MODEL_STEPS` sets how many steps there are in all, `MODEL_SEED` where they begin: a failure names its seed.
@Suite struct ModelTests {
    private static let stepsPerHistory = 250
    private static let workers = 2

    static let histories = max(1, (setting("MODEL_STEPS") ?? 100_000) / stepsPerHistory)
    static let firstSeed = setting("MODEL_SEED") ?? UInt64.random(in: 0..<1 << 40)

    @Test("after every step of any history, the ledger says what the model says", arguments: 0..<workers)
    func agrees(worker: Int) async throws {
        if let disagreement = try await onOwnThread({ try Self.firstDisagreement(worker) }) {
            Issue.record("\(disagreement)")
        }
    }

    /// The first disagreement of the histories that are this worker's, with its seed and in as few steps as it takes.
    private static func firstDisagreement(_ worker: Int) throws -> String? {
        for number in stride(from: worker, to: histories, by: workers) {
            let seed = firstSeed + UInt64(number)
            let history = History.random(seed: seed, steps: stepsPerHistory)
            guard try disagreement(history) != nil else { continue }
            let shrunk = try history.shrunk { try disagreement($0) != nil }
            let difference = try disagreement(shrunk) ?? "none"
            return "MODEL_SEED=\(seed) MODEL_STEPS=\(stepsPerHistory): \(difference)\n\(shrunk)"
        }
        return nil
    }

    /// Lives through a history in a folder of its own, which does not stay: a night's would fill the disk.
    private static func disagreement(_ history: History) throws -> String? {
        let folder = try TemporaryFolder()
        return withExtendedLifetime(folder) {
            do { return try history.disagreement(in: folder.path) } catch { return "threw \(error)" }
        }
    }

    @Test("a history that fails is shrunk to what makes it fail")
    func shrinks() throws {
        let isRead = { (step: History.Step) in
            guard case .record(let page) = step else { return false }
            return page.contains { $0.stats[.read] != nil }
        }
        let isClock = { (step: History.Step) in
            guard case .clock = step else { return false }
            return true
        }
        let fails = { (history: History) in
            history.steps.firstIndex(where: isRead).map { history.steps[..<$0].contains(where: isClock) } ?? false
        }
        let history = try #require((1...).lazy.map { History.random(seed: $0, steps: 200) }.first(where: fails))
        let shrunk = history.shrunk(while: fails)
        try #require(shrunk.steps.count == 2)
        #expect(isClock(shrunk.steps[0]))
        guard case .record(let page) = shrunk.steps[1] else { return }
        #expect(page.count == 1)
        #expect(Stat.allCases.filter { page[0].stats[$0] != nil } == [.read])
    }
}
