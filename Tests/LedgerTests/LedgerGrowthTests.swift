import Operations
import SQLite
import TestSupport
import Testing

@testable import Ledger

/// How large the ledger's file becomes.
@Suite struct LedgerGrowthTests {
    private static let perHour = 100

    private static func time(hours: Int, seconds: Int = 0) -> Timestamp {
        LedgerTests.birth + .seconds(hours * 3600 + seconds)
    }

    /// An hour's operations, and those of the hour before with more in them.
    private static func page(_ hour: Int) -> [Operations.Operation] {
        (max(0, hour - 1)...hour).flatMap { created in
            (0..<perHour).map { number in
                .make(
                    "comms_operation_\(created)_\(number)", status: created == hour ? .processing : .completed,
                    created: time(hours: created, seconds: 1800 + number),
                    [.total: 10, .sent: created == hour ? 5 : 10])
            }
        }
    }

    private static func live(_ ledger: Ledger, hours: Range<Int>) throws {
        for hour in hours {
            let now = time(hours: hour + 1)
            try ledger.record(page(hour), at: now)
            try ledger.cover(from: LedgerTests.birth, to: now)
            while try ledger.retire(at: now) {}
        }
    }

    private static func rows(_ folder: TemporaryFolder) throws -> Int64 {
        let connection = try Connection(path: folder.path + "/default.messages.db")
        return try connection.integer("SELECT count(*) FROM operation") ?? -1
    }

    private static func liveThreeWeeks() throws {
        let folder = try TemporaryFolder()
        let owner = LedgerOwner(account: "default", resource: "messages", accountSID: nil)
        let ledger = try Ledger(folder: folder.path, owner: owner)
        try ledger.record([Operation](), at: LedgerTests.birth)
        try live(ledger, hours: 0..<8 * 24)
        let (bytes, held) = (ledger.state.sizeInBytes, try rows(folder))
        // Seven days, and the hour by which a row outlives them.
        #expect(held == Int64(perHour * (7 * 24 + 1)))
        #expect(bytes > held * 50)
        try live(ledger, hours: 8 * 24..<21 * 24)
        #expect(try rows(folder) == held)
        #expect(ledger.state.sizeInBytes <= bytes + bytes / 50)
        #expect(ledger.state.totals[.gained(.messages)] == Int64(perHour * 21 * 24 * 10))
    }

    @Test("three weeks need no larger a file than eight days: rows that are deleted are reused")
    func bounded() async throws {
        try await onOwnThread(Self.liveThreeWeeks)
    }
}
