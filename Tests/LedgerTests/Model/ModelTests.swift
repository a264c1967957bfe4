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

    static let histories = (setting("MODEL_STEPS") ?? 100_000) / stepsPerHistory
    static let firstSeed = setting("MODEL_SEED") ?? UInt64.random(in: 0..<1 << 40)

    private static func setting<Number: FixedWidthInteger>(_ name: String) -> Number? {
        ProcessInfo.processInfo.environment[name].flatMap { Number($0) }
    }

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
        return try withExtendedLifetime(folder) { try history.disagreement(in: folder.path) }
    }
}
