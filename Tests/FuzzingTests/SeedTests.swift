import Foundation
import Fuzzing
import TestSupport
import Testing

/// What the fuzzers begin with, and every input in which one of them has found a fault.
@Suite struct `Every seed keeps the promises of` {
    @Test(arguments: try seeds(of: "page"))
    func `reading a page`(_ seed: Seed) throws {
        try PageCheck().run(seed.bytes)
    }

    @Test func `living on with a crafted ledger`() async throws {
        try await onOwnThread {
            let check = try LedgerCheck()
            try check.run([0xFE])
            for seed in try seeds(of: "ledger") {
                do { try check.run(seed.bytes) } catch { Issue.record(error, "\(seed)") }
                do { try check.run([0xFE] + seed.bytes) } catch { Issue.record(error, "\(seed), lying aside") }
            }
        }
    }

    @Test func `the web side`() async throws {
        try await onOwnThread {
            let check = try RequestCheck()
            for seed in try seeds(of: "request") {
                do { try check.run(seed.bytes) } catch { Issue.record(error, "\(seed)") }
            }
        }
    }

    @Test func `the client`() async throws {
        let check = try AnswerCheck()
        for seed in try seeds(of: "answer") {
            do { try await check.run(seed.bytes) } catch { Issue.record(error, "\(seed)") }
        }
    }
}

/// An input in a file.
struct Seed: Sendable, CustomTestStringConvertible {
    let bytes: [UInt8]
    let testDescription: String
}

private func seeds(of fuzzer: String) throws -> [Seed] {
    let folder = Bundle.module.bundleURL.appending(path: "Seeds/\(fuzzer)")
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    try #require(files.count > 10)
    return try files.sorted { $0.path < $1.path }.map {
        Seed(bytes: Array(try Data(contentsOf: $0)), testDescription: $0.lastPathComponent)
    }
}
