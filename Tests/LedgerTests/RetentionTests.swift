import Operations
import Testing

@testable import Ledger

/// Operations past 7 days, and those that the API forgets before.
@Suite struct RetentionTests {
    private static let birth = LedgerTests.birth
    private static let day = Duration.seconds(86_400)
    private let ledger: Ledger

    init() throws {
        let owner = LedgerOwner(account: "default", resource: "messages", accountSID: nil)
        ledger = try Ledger(folder: ":memory:", owner: owner)
    }

    private func gained(_ milestone: Milestone) -> Int64 { ledger.state.totals[.gained(milestone)] }

    private func retire(after duration: Duration) throws {
        while try ledger.retire(at: Self.birth + duration) {}
    }

    @Test("an operation that is scheduled ten days ahead stays, counts what it sends, and leaves an hour after its end")
    func scheduledFarAhead() throws {
        try ledger.record([.make("a", status: .scheduled, [.total: 10, .scheduled: 10])], at: Self.birth)
        try retire(after: Self.day * 9)
        #expect(ledger.state.window[.scheduled, .operations] == 1)
        #expect(ledger.state.oldestUnfinished == [.scheduled: Self.birth])
        #expect(try ledger.overdueIDs() == ["a"])
        #expect(try ledger.unfinished(.scheduled).map(\.id) == [])
        let now = Self.birth + Self.day * 10
        try ledger.record([.make("a", [.total: 10, .sent: 10])], at: now)
        #expect(gained(.sent) == 10)
        #expect(ledger.state.totals[.operationsCompleted] == 1)
        #expect(ledger.state.window == Window())
        #expect(try ledger.overdueIDs() == ["a"])
        try ledger.record([.make("a", [.total: 10, .sent: 10, .delivered: 4])], at: now + .seconds(60))
        #expect(gained(.delivered) == 4)
        try retire(after: Self.day * 10 + .seconds(3599))
        #expect(ledger.state.totals[.operationsHeld] == 1)
        try retire(after: Self.day * 10 + .seconds(3600))
        #expect(ledger.state.totals[.operationsHeld] == 0)
        #expect(ledger.state.totals[.expiredUnfinished] == 0)
    }

    @Test("an unfinished operation leaves after 35 days")
    func longestSchedule() throws {
        try ledger.record([.make("a", status: .processing, [.total: 10])], at: Self.birth)
        try retire(after: Self.day * 35 - .seconds(1))
        #expect(ledger.state.window[.processing, .operations] == 1)
        try retire(after: Self.day * 35)
        #expect(ledger.state.window == Window())
        #expect(ledger.state.totals[.expiredUnfinished] == 1)
        try retire(after: Self.day * 35 + .seconds(3600))
        #expect(ledger.state.totals[.operationsHeld] == 0)
    }

    @Test("one that is given up is shown again by the same report, if the clock turns out to have been ahead")
    func clockAhead() throws {
        try ledger.record([.make("a", status: .scheduled)], at: Self.birth)
        try retire(after: Self.day * 35)
        let report = Operation.make("a", status: .processing, [.total: 10])
        try ledger.record([report], at: Self.birth + Self.day * 35)
        #expect(ledger.state.window == Window())
        try ledger.record([report], at: Self.birth + Self.day * 35 - .seconds(1))
        #expect(ledger.state.window[.processing, .operations] == 1)
    }

    @Test("one that the API has forgotten leaves the gauges, and counts nothing twice if it comes back")
    func expired() throws {
        let sent = Operation.make("a", status: .processing, [.total: 10, .queued: 4, .sent: 6])
        try ledger.record([sent], at: Self.birth)
        for ids in [["a"], []] { #expect(try ledger.expire(["a"]) == ids) }
        #expect(ledger.state.window == Window())
        #expect(ledger.state.oldestUnfinished == [:])
        #expect(try ledger.unfinished(.processing).map(\.id) == [])
        #expect(ledger.state.totals[.expiredUnfinished] == 1)
        try ledger.record([sent], at: Self.birth + Self.day)
        #expect(ledger.state.window[.processing, .stat(.sent)] == 6)
        #expect(gained(.sent) == 6 && gained(.messages) == 10)
        #expect(try ledger.expire(["a"]) == ["a"])
        try retire(after: Self.day * 10)
        let late = Operation.make("a", created: Self.birth + Self.day * 9, [.total: 10, .sent: 10])
        try ledger.record([late], at: Self.birth + Self.day * 10)
        #expect(gained(.sent) == 10 && gained(.messages) == 10)
        #expect(ledger.state.totals[.operationsSeen] == 1)
        #expect(ledger.state.totals[.expiredUnfinished] == 1)
    }

    @Test("an operation that is finished, or not held, does not expire")
    func nothingToExpire() throws {
        try ledger.record([.make("a", [.total: 10])], at: Self.birth)
        #expect(try ledger.expire(["a", "b"]) == [])
        #expect(ledger.state.totals[.expiredUnfinished] == 0)
        #expect(ledger.state.window[.completed, .operations] == 1)
    }

    @Test("a creation time that moves later is an operation's age, and nothing counts twice")
    func movedCreation() throws {
        let moved = { (days: Int) in
            Operation.make("a", created: Self.birth + Self.day * days, [.total: 10, .sent: 10])
        }
        for days in [0, 6, 3] { try ledger.record([moved(days)], at: Self.birth + Self.day * days) }
        try retire(after: Self.day * 12)
        #expect(ledger.state.window[.completed, .operations] == 1)
        try ledger.record([moved(12)], at: Self.birth + Self.day * 12)
        try retire(after: Self.day * 18)
        try ledger.record([moved(12)], at: Self.birth + Self.day * 18)
        #expect(gained(.messages) == 10 && gained(.sent) == 10)
        try retire(after: Self.day * 19 + .seconds(3600))
        #expect(ledger.state.totals[.operationsHeld] == 0)
    }

    @Test("an operation older than the ledger stays so where its creation time moves past birth")
    func movedPastBirth() throws {
        try ledger.record([.make("a", created: Self.birth - .seconds(60), [.total: 10, .sent: 2])], at: Self.birth)
        try ledger.record([.make("a", created: Self.birth + .seconds(60), [.total: 10, .sent: 5])], at: Self.birth)
        #expect(ledger.state.totals[.operationsSeen] == 0)
        #expect(gained(.messages) == 0 && gained(.sent) == 3)
    }

    @Test("creation times that the API shows no more are in the gap at once, and once")
    func giveUp() throws {
        try ledger.record([Operation](), at: Self.birth)
        try ledger.cover(from: Self.birth + .seconds(100), to: Self.birth + .seconds(200))
        try ledger.giveUp(before: Self.birth + .seconds(150))
        #expect(ledger.state.totals[.coverageGapMilliseconds] == 100_000)
        try ledger.giveUp(before: Self.birth + .seconds(150))
        try ledger.giveUp(before: Self.birth - .seconds(1))
        #expect(ledger.state.totals[.coverageGapMilliseconds] == 100_000)
        try retire(after: Operation.retention + .seconds(250))
        #expect(ledger.state.totals[.coverageGapMilliseconds] == 150_000)
    }

    @Test("nothing that is still to come has been listed")
    func uncover() throws {
        try ledger.record([Operation](), at: Self.birth)
        try ledger.cover(from: Self.birth, to: Self.birth + .seconds(3600))
        try ledger.uncover(after: Self.birth + .seconds(60))
        #expect(
            ledger.state.coverage.spans == [Coverage.Span(start: Self.birth, end: Self.birth + .seconds(60))])
        try ledger.uncover(after: Self.birth - .seconds(60))
        #expect(ledger.state.coverage.spans == [])
    }
}
