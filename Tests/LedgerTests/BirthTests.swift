import Operations
import Testing

@testable import Ledger

/// The moment from which operations count in full, where clocks are wrong.
@Suite struct BirthTests {
    private static let now = LedgerTests.birth
    private let ledger: Ledger

    init() throws {
        let owner = LedgerOwner(account: "default", resource: "messages", accountSID: nil)
        ledger = try Ledger(folder: ":memory:", owner: owner)
    }

    private func operation(_ id: String, _ age: Int, sent: Int64 = 3) -> Operation {
        .make(id, created: Self.now - .seconds(age), [.total: 10, .queued: 10 - sent, .sent: sent])
    }

    @Test(
        "birth is the earlier of two clocks, and where they differ by a minute what is listed first is history",
        arguments: [(59, 0, 10), (-59, -59, 10), (60, 0, 0), (-60, -60, 0)] as [(Int, Int, Int64)])
    func twoClocks(wall: Int, birth: Int, messages: Int64) throws {
        try ledger.record([operation("a", -birth)], at: Self.now, wall: Self.now + .seconds(wall))
        #expect(ledger.state.birth == Self.now + .seconds(birth))
        #expect(ledger.state.birthCertainty == (messages == 0 ? .doubted : .open))
        #expect(ledger.state.totals[.gained(.messages)] == messages)
    }

    @Test(
        "an operation from the future says that both clocks were behind: all is history until the newest have been listed"
    )
    func future() throws {
        try ledger.record([operation("a", 5), operation("b", -7200)], at: Self.now)
        #expect(ledger.state.birthCertainty == .doubted)
        try ledger.record([operation("c", -3600)], at: Self.now + .seconds(10))
        try ledger.settleBirth(listedSince: Self.now - .seconds(86_400), isComplete: false)
        #expect(ledger.state.birthCertainty == .settled)
        #expect(ledger.state.birth == Self.now + .seconds(7201))
        #expect(ledger.state.totals[.operationsSeen] == 0)
        #expect(ledger.state.totals[.gained(.sent)] == 0)
        try ledger.record([operation("b", -7200, sent: 5), operation("d", -7201)], at: Self.now + .seconds(20))
        #expect(ledger.state.totals[.operationsSeen] == 1)
        #expect(ledger.state.totals[.gained(.sent)] == 2 + 3)
        #expect(ledger.state.totals[.gained(.messages)] == 10)
    }

    @Test("an operation within the second of birth, or created while the first week is listed, counts in full")
    func noDoubt() throws {
        let now = Self.now + .milliseconds(900)
        try ledger.record([.make("a", created: Self.now + .milliseconds(100), [.total: 1])], at: now)
        try ledger.record([.make("b", created: now + .seconds(5), [.total: 1])], at: now + .seconds(5))
        try ledger.settleBirth(listedSince: Self.now - .seconds(86_400), isComplete: false)
        #expect(ledger.state.birth == Self.now)
        #expect(ledger.state.totals[.gained(.messages)] == 2)
    }

    @Test("birth stays where the history of a doubtful one ends before it")
    func olderHistory() throws {
        try ledger.record([operation("a", 7200)], at: Self.now, wall: Self.now + .seconds(3600))
        try ledger.settleBirth(listedSince: Self.now - .seconds(86_400), isComplete: false)
        #expect(ledger.state.birth == Self.now)
    }

    @Test("a birth in doubt is not settled by a day in which nothing was created, but by the week")
    func emptyDay() throws {
        let behind = Self.now - .seconds(3 * 86_400)
        try ledger.record([Operation](), at: Self.now, wall: behind)
        try ledger.settleBirth(listedSince: Self.now - .seconds(86_400), isComplete: false)
        try ledger.record([operation("a", 90_000)], at: Self.now, wall: behind)
        #expect(ledger.state.totals[.operationsSeen] == 0)
        try ledger.settleBirth(listedSince: Self.now - Operation.retention, isComplete: true)
        #expect(ledger.state.birth == Self.now - .seconds(89_999))
    }

    @Test("if this machine's clock was years behind and nothing was listed, the years are no gap")
    func yearsBehind() throws {
        try ledger.record([Operation](), at: Self.now, wall: Self.now - .seconds(5 * 365 * 86_400))
        #expect(try !ledger.retire(at: Self.now + .seconds(60)))
        try ledger.settleBirth(listedSince: Self.now - Operation.retention, isComplete: true)
        while try ledger.retire(at: Self.now + .seconds(60)) {}
        #expect(ledger.state.totals[.coverageGapMilliseconds] == 60_000)
    }

    @Test("a Date that is days ahead hides no operation, so that each gains from its first sight on")
    func daysAhead() throws {
        let ahead = Self.now + .seconds(9 * 86_400)
        try ledger.record([operation("a", 600, sent: 3)], at: ahead, wall: Self.now)
        #expect(ledger.state.totals[.operationsHeld] == 1)
        try ledger.record([operation("a", 600, sent: 8)], at: Self.now + .seconds(61))
        #expect(ledger.state.totals[.gained(.sent)] == 5)
    }
}
