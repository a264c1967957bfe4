import Foundation
import Operations
import TestSupport
import Testing

@testable import Ledger

/// What a disk can do to a ledger's file while nobody writes to it: every number a ledger then shows is the one that was
/// saved, or the file has been set aside as it was found.
@Suite struct LedgerDamageTests {
    static let owner = LedgerOwner(account: "default", resource: "messages", accountSID: nil)
    static let name = "default.messages.db"

    let folder: TemporaryFolder
    /// The file as a clean end leaves it.
    let image: [UInt8]

    init() throws {
        folder = try TemporaryFolder()
        do { try Self.fill(try Ledger(folder: folder.path, owner: Self.owner)) }
        image = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + Self.name)))
    }

    /// Operations of a day and all kinds, enough of them for a tree of several pages.
    private static let page: [Operations.Operation] = (0..<200).map { (number: Int64) in
        let stats: Stats = [.total: number, .sent: number % 7, .delivered: number % 5, .failed: 1]
        return .make(
            "comms_operation_\(number)", status: OperationStatus.allCases[Int(number) % 5],
            created: LedgerTests.birth + .seconds(number * 400 - 3600), stats)
    }

    private static func fill(_ ledger: Ledger) throws {
        try ledger.record(page, at: LedgerTests.birth)
        try ledger.cover(from: LedgerTests.birth - Operation.retention, to: LedgerTests.birth)
        try ledger.completeWindow()
    }

    /// All that can be asked of a ledger, half-way through retention: what is listed again, what has left, what is chased.
    private static func answers(of ledger: Ledger) throws -> [String] {
        try ledger.verify()
        try fill(ledger)
        var answers: [String] = []
        answers.append(contentsOf: Total.allCases.map { "\($0) \(ledger.state.totals[$0])" })
        while try ledger.retire(at: LedgerTests.birth + Operation.retention + .seconds(40_000)) {}
        for status in OperationStatus.allCases {
            answers += Window.Column.allCases.map { "\(status) \($0) \(ledger.state.window[status, $0])" }
            answers +=
                try ledger.unfinished(status).map(\.id) + [
                    "oldest \(String(describing: ledger.state.oldestUnfinished[status]))"
                ]
        }
        answers += Total.allCases.map { "\($0) \(ledger.state.totals[$0])" }
        answers.append("\(ledger.state.coverage) \(ledger.state.durations)")
        return answers
    }

    /// Opens a damaged file and asks it everything. Returns nil where it was set aside or refused as damaged.
    private func answers(ofFile bytes: [UInt8]) throws -> [String]? {
        let place = try TemporaryFolder()
        try Data(bytes).write(to: URL(fileURLWithPath: place.path + "/" + Self.name))
        do {
            let ledger = try Ledger(folder: place.path, owner: Self.owner)
            guard let recovery = ledger.recovery else { return try Self.answers(of: ledger) }
            #expect(try Data(contentsOf: URL(fileURLWithPath: recovery.setAside)) == Data(bytes))
            #expect(ledger.state.birth == nil)
            return nil
        } catch LedgerError.damaged {
            return nil
        }
    }

    /// Damages the file in many ways and expects the sound answers or none.
    private func expectHonesty(_ damages: [Damage]) async throws {
        try await onOwnThread {
            let sound = try #require(try answers(ofFile: image))
            for damage in damages {
                do {
                    let answers = try answers(ofFile: damage.applied(to: image))
                    #expect(answers == nil || answers == sound, "\(damage)")
                } catch {
                    Issue.record("\(error) of \(damage)")
                }
            }
        }
    }

    @Test("a flipped bit, wherever it is, is found before it makes a number wrong")
    func flippedBits() async throws {
        try await expectHonesty((0..<Damage.rounds).map { _ in .random(.flip, in: image) })
    }

    @Test("a flipped bit in any byte of the file's header is found before it makes a number wrong")
    func flippedHeader() async throws {
        let bits = (0..<100).flatMap { offset in [0x01, 0x80].map { (offset, $0 as UInt8) } }
        try await expectHonesty(
            bits.map { offset, bit in Damage(kind: .flip, offset: offset, bytes: [image[offset] ^ bit]) })
    }

    @Test("garbage or zeros over a part of the file are found before they make a number wrong")
    func overwritten() async throws {
        try await expectHonesty((0..<Damage.rounds / 4).map { _ in .random(.garbage, in: image) })
        try await expectHonesty((0..<Damage.rounds / 4).map { _ in .random(.zeros, in: image) })
    }

    @Test("a file that is cut off anywhere is set aside")
    func truncated() async throws {
        try await onOwnThread {
            for damage in (0..<Damage.rounds / 4).map({ _ in Damage.random(.cut, in: image) }) {
                let answers = try answers(ofFile: damage.applied(to: image))
                #expect(answers == nil, "\(damage)")
            }
        }
    }

    @Test(
        "what is no ledger at all is set aside with the reason",
        arguments: [
            ([], "it is empty"), (Array("S".utf8), "it is empty"), (Array("SQ".utf8), "file is not a database"),
            ([UInt8](repeating: 0, count: 61440), "file is not a database"),
            (Array("SQLite format 3".utf8) + [0], "file is not a database"),
            (Array("# counters\n".utf8), "file is not a database"),
        ])
    func noLedger(bytes: [UInt8], reason: String) throws {
        let place = try TemporaryFolder()
        try Data(bytes).write(to: URL(fileURLWithPath: place.path + "/" + Self.name))
        let ledger = try Ledger(folder: place.path, owner: Self.owner)
        #expect(ledger.recovery?.reason == reason)
        #expect(ledger.state.totals[.recoveries] == 1)
        #expect(try Data(contentsOf: URL(fileURLWithPath: ledger.recovery?.setAside ?? "")) == Data(bytes))
    }

    @Test("a damaged write-ahead log costs the commits behind the damage, never half of one")
    func damagedLog() async throws {
        try await onOwnThread(Self.damageLog)
    }

    private static func damageLog() throws {
        let live = try TemporaryFolder()
        let path = live.path + "/" + name
        let ledger = try Ledger(folder: live.path, owner: owner)
        var committed: [Totals] = [ledger.state.totals]
        for operation in page.prefix(30) {
            try ledger.record([operation], at: LedgerTests.birth)
            committed.append(ledger.state.totals)
        }
        let (file, log) = (
            try Data(contentsOf: URL(fileURLWithPath: path)),
            [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + "-wal")))
        )
        #expect(commits(in: log, before: log.count) == 30)
        for damage in (0..<Damage.rounds / 2).map({ _ in Damage.random(.flip, in: log) }) {
            let place = try TemporaryFolder()
            try file.write(to: URL(fileURLWithPath: place.path + "/" + name))
            try Data(damage.applied(to: log)).write(to: URL(fileURLWithPath: place.path + "/" + name + "-wal"))
            let reopened = try Ledger(folder: place.path, owner: owner)
            try reopened.verify()
            let found = committed.lastIndex(of: reopened.state.totals)
            #expect(reopened.recovery == nil && found ?? -1 >= commits(in: log, before: damage.offset), "\(damage)")
        }
    }

    /// How many commits a write-ahead log holds before a byte of it: https://sqlite.org/fileformat2.html#walformat
    private static func commits(in log: [UInt8], before offset: Int) -> Int {
        let (header, frame) = (32, 24 + 4096)
        guard offset >= header else { return 0 }
        // The last frame of a commit says how large the database is then, the others say 0.
        return (0..<(offset - header) / frame).count { number in
            let start = header + number * frame
            return log[start + 4..<start + 8].contains { $0 != 0 }
        }
    }
}
