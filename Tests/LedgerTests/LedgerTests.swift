import Operations
import Testing

@testable import Ledger

/// The ledger on a real SQLite database, fed literal observations.
@Suite struct LedgerTests {
    static let birth = Timestamp(rfc3339: "2024-04-20T16:00:00Z")!
    let ledger: Ledger

    init() throws {
        ledger = try Ledger(
            folder: ":memory:", owner: LedgerOwner(account: "default", resource: "messages", accountSID: nil))
    }

    private func record(_ operations: Operation..., at now: Timestamp = birth) throws {
        try ledger.record(operations, at: now)
    }

    private func gained(_ milestone: Milestone) -> Int64 { ledger.state.totals[.gained(milestone)] }

    @Test("the first page is the birth, cut to whole seconds, even when it is empty")
    func birth() throws {
        try ledger.record([Operation](), at: Timestamp(milliseconds: Self.birth.milliseconds + 999))
        #expect(ledger.state.birth == Self.birth)
        try ledger.record([Operation](), at: Self.birth + .seconds(60))
        #expect(ledger.state.birth == Self.birth)
    }

    @Test("an operation created at birth counts in full from zero")
    func countsFromZero() throws {
        try record(.make("a", created: Self.birth, [.total: 10, .queued: 1, .sent: 4, .delivered: 3, .failed: 2]))
        #expect(ledger.state.totals[.operationsSeen] == 1)
        #expect(gained(.messages) == 10)
        #expect(gained(.sent) == 7)
        #expect(gained(.delivered) == 3)
        #expect(gained(.failed) == 2)
    }

    @Test("an operation older than the ledger counts only what it gains after it was first observed")
    func baseline() throws {
        let created = Self.birth - .seconds(1)
        try record(.make("a", created: created, [.total: 10, .queued: 3, .sent: 4, .delivered: 3]))
        #expect(ledger.state.totals[.operationsSeen] == 0)
        #expect(gained(.messages) == 0)
        try record(.make("a", created: created, [.total: 10, .queued: 1, .sent: 1, .delivered: 8]))
        #expect(gained(.sent) == 2)
        #expect(gained(.delivered) == 5)
    }

    @Test("a member that the first stats of an older operation lack was 0, but for messages, recipients and attempts")
    func lateBaseline() throws {
        let created = Self.birth - .seconds(1)
        try record(.make("a", created: created, [.sent: 4]))
        try record(.make("a", created: created, [.total: 10, .recipients: 9, .attempts: 7, .sent: 4, .failed: 3]))
        #expect(gained(.failed) == 3)
        #expect([gained(.messages), gained(.recipients), gained(.attempts)] == [0, 0, 0])
        try record(.make("a", created: created, [.total: 12, .recipients: 11, .attempts: 8, .sent: 4, .failed: 4]))
        #expect(gained(.failed) == 4)
        #expect([gained(.messages), gained(.recipients), gained(.attempts)] == [2, 2, 1])
    }

    @Test("the same page again, an older page, and a page with less change no counter")
    func idempotentAndCommutative() throws {
        let early = Operation.make("a", [.total: 10, .queued: 8, .sent: 2])
        let late = Operation.make("a", [.total: 10, .queued: 4, .sent: 1, .delivered: 5])
        for page in [early, late, early, late, late] { try record(page) }
        #expect(gained(.messages) == 10)
        #expect(gained(.sent) == 6)
        #expect(gained(.delivered) == 5)
    }

    @Test("a fall is counted when it happens, once, and never applied")
    func regression() throws {
        try record(.make("a", [.total: 10, .failed: 5]))
        try record(.make("a", [.total: 10, .failed: 3]))
        try record(.make("a", [.total: 10, .failed: 3]))
        try record(.make("a", [.total: 10, .failed: 3, .read: 1]))
        #expect(gained(.failed) == 5)
        #expect(ledger.state.totals[.regressions(.failed)] == 1)
        #expect(ledger.state.window[.completed, .stat(.failed)] == 3)
        try record(.make("a", [.total: 10, .failed: 6, .read: 1]))
        #expect(gained(.failed) == 6)
    }

    @Test("a member that is missing is 0 in the window, and no fall")
    func missingMembers() throws {
        try record(.make("a", [.total: 10, .queued: 2, .sent: 6, .delivered: 2, .attempts: 9]))
        try record(.make("a", [.total: 10, .delivered: 3]))
        #expect(gained(.sent) == 8)
        #expect(gained(.delivered) == 3)
        #expect(Milestone.allCases.map { ledger.state.totals[.regressions($0)] } == Array(repeating: 0, count: 10))
        #expect(ledger.state.window[.completed, .stat(.queued)] == 0)
        #expect(ledger.state.window[.completed, .stat(.attempts)] == 0)
        #expect(ledger.state.window[.completed, .stat(.delivered)] == 3)
    }

    @Test("where stats are missing, the window and the counters stay as they were")
    func missingStats() throws {
        try record(.make("a", status: .processing, [.total: 10, .queued: 8, .sent: 2]))
        try record(.make("a", status: .completed))
        #expect(ledger.state.window[.completed, .operations] == 1)
        #expect(ledger.state.window[.completed, .stat(.queued)] == 8)
        #expect(gained(.sent) == 2)
    }

    @Test(
        "completed and canceled are each counted once, and an operation older than the ledger only when it got there later"
    )
    func finished() throws {
        let old = Self.birth - .seconds(100)
        try record(
            .make("done before", status: .completed, created: old), .make("open", status: .processing, created: old),
            .make("new", status: .scheduled))
        try record(
            .make("done before", status: .completed, created: old, [.read: 1]),
            .make("open", status: .completed, created: old, updated: old + .seconds(45)),
            .make("new", status: .canceled))
        try record(.make("new", status: .processing), .make("open", status: .processing, created: old))
        try record(.make("new", status: .canceled), .make("open", status: .completed, created: old))
        #expect(ledger.state.totals[.operationsCompleted] == 1)
        #expect(ledger.state.totals[.operationsCanceled] == 1)
        #expect(ledger.state.durations.counts == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(ledger.state.durations.sumMilliseconds == 45_000)
    }

    @Test("the window shows status and stats as last reported, and moves with the status")
    func window() throws {
        try record(
            .make("a", status: .processing, [.total: 10, .queued: 10]),
            .make("b", status: .completed, [.total: 5, .delivered: 5]))
        try record(.make("a", status: .completed, [.total: 10, .queued: 0, .sent: 10]))
        #expect(OperationStatus.allCases.map { ledger.state.window[$0, .operations] } == [0, 0, 2, 0, 0])
        #expect(ledger.state.window[.completed, .stat(.total)] == 15)
        #expect(ledger.state.window[.completed, .stat(.sent)] == 10)
        #expect(ledger.state.window[.processing, .stat(.queued)] == 0)
    }

    @Test("a finished operation leaves the window after seven days and the ledger an hour later, and its counts stay")
    func retention() throws {
        try record(
            .make("a", status: .completed, [.total: 7]),
            .make("b", status: .processing, created: Self.birth + .seconds(1), [.total: 2]))
        _ = try ledger.retire(at: Self.birth + .seconds(7 * 86_400))
        #expect(ledger.state.window[.completed, .operations] == 0)
        #expect(ledger.state.window[.processing, .operations] == 1)
        #expect(ledger.state.totals[.operationsHeld] == 2)
        #expect(ledger.state.totals[.expiredUnfinished] == 0)
        _ = try ledger.retire(at: Self.birth + .seconds(7 * 86_400 + 3600))
        #expect(ledger.state.totals[.operationsHeld] == 1)
        #expect(ledger.state.totals[.expiredUnfinished] == 0)
        #expect(ledger.state.window[.processing, .operations] == 1)
        #expect(gained(.messages) == 9)
    }

    @Test("within the hour of grace a late observation still counts, only not in the window")
    func grace() throws {
        try record(.make("a", [.total: 7, .read: 1]))
        _ = try ledger.retire(at: Self.birth + .seconds(7 * 86_400 + 60))
        try record(.make("a", [.total: 7, .read: 3]), at: Self.birth + Operation.retention + .seconds(90))
        #expect(gained(.read) == 3)
        #expect(ledger.state.window == Window())
    }

    @Test("an operation past retention that the ledger has forgotten is not counted again")
    func forgotten() throws {
        try record(.make("a", [.total: 7]))
        _ = try ledger.retire(at: Self.birth + .seconds(8 * 86_400))
        try record(.make("a", [.total: 7]), at: Self.birth + .seconds(8 * 86_400))
        #expect(gained(.messages) == 7)
        #expect(ledger.state.totals[.operationsHeld] == 0)
    }

    @Test("creation time that ages out uncovered is the gap, exactly; time before birth is none")
    func coverageGap() throws {
        try record()
        let week = Operation.retention
        try ledger.cover(from: Self.birth - week, to: Self.birth + .seconds(100))
        try ledger.cover(from: Self.birth + .seconds(160), to: Self.birth + .seconds(300))
        _ = try ledger.retire(at: Self.birth + week + .seconds(130))
        #expect(ledger.state.totals[.coverageGapMilliseconds] == 30_000)
        _ = try ledger.retire(at: Self.birth + week + .seconds(400))
        #expect(ledger.state.totals[.coverageGapMilliseconds] == 160_000)
    }

    @Test("an operation that a page lists twice, the second time as it was, is as it was")
    func changedAndBack() throws {
        let first = Operation.make("a", [.total: 10, .failed: 2])
        try record(first)
        try record(.make("a", [.total: 10, .failed: 5]), first)
        #expect(gained(.failed) == 5)
        #expect(ledger.state.window[.completed, .stat(.failed)] == 2)
        #expect(ledger.state.totals[.regressions(.failed)] == 1)
    }

    @Test("unfinished operations are known by status, the oldest first")
    func unfinished() throws {
        try record(
            .make("b", status: .processing, created: Self.birth + .seconds(2)), .make("c", status: .scheduled),
            .make("a", status: .processing, created: Self.birth + .seconds(1)), .make("d", status: .completed))
        #expect(try ledger.unfinished(.processing).map(\.id) == ["a", "b"])
        #expect(try ledger.unfinished(.scheduled).map(\.id) == ["c"])
        #expect(ledger.state.oldestUnfinished == [.processing: Self.birth + .seconds(1), .scheduled: Self.birth])
    }

    @Test("sums stop at the largest number that a ledger holds instead of trapping")
    func overflow() throws {
        let huge = Int64(1) << 53
        for index in 0..<2000 { try record(.make("op\(index)", [.total: huge])) }
        #expect(gained(.messages) == 1 << 58)
    }

    @Test("an updatedAt before createdAt is no duration")
    func impossibleDuration() throws {
        try record(.make("a", updated: Self.birth - .seconds(1)))
        #expect(ledger.state.totals[.operationsCompleted] == 1)
        #expect(ledger.state.durations == DurationHistogram())
    }

    @Test("a ledger that has seen a much later time says so instead of ignoring everything")
    func ahead() throws {
        try record(at: Self.birth + .seconds(10 * 86_400))
        #expect(throws: LedgerError.ahead(path: ":memory:", by: .seconds(10 * 86_400))) {
            try record(.make("a"), at: Self.birth)
        }
        #expect(throws: LedgerError.ahead(path: ":memory:", by: .seconds(10 * 86_400))) {
            try ledger.retire(at: Self.birth)
        }
        try record(at: Self.birth + .seconds(10 * 86_400 - 3600))
    }

    @Test("after a long downtime operations leave in portions, and nothing of them is lost")
    func retiresInPortions() throws {
        let page = (0..<25_000).map { Operation.make("op\($0)", created: Self.birth + .milliseconds($0), [.total: 1]) }
        try record()
        try ledger.record(page, at: Self.birth + .seconds(30))
        let later = Self.birth + .seconds(9 * 86_400)
        var rounds = 1
        while try ledger.retire(at: later) { rounds += 1 }
        #expect(rounds == 3)
        #expect(ledger.state.window == Window())
        #expect(ledger.state.totals[.operationsHeld] == 0)
        #expect(gained(.messages) == 25_000)
    }

    @Test(
        "past retention an unfinished operation is asked for in turn and no longer chased, and it is still the oldest")
    func unfinishedInGrace() throws {
        try record(.make("a", status: .processing))
        _ = try ledger.retire(at: Self.birth + Operation.retention + .seconds(60))
        #expect(try ledger.unfinished(.processing).map(\.id) == [])
        #expect(try ledger.overdueIDs() == ["a"])
        #expect(ledger.state.oldestUnfinished == [.processing: Self.birth])
    }

    @Test("an operation on the API's soft edge, older than retention, is not taken in by a ledger that was down")
    func softEdge() throws {
        try record()
        let later = Self.birth + .seconds(3 * 86_400)
        try record(.make("a", created: later - Operation.retention - .seconds(1), [.total: 1]), at: later)
        #expect(ledger.state.totals[.operationsHeld] == 0)
    }
}
