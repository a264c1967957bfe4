import Operations
import Testing

@testable import Ledger

/// The reading of looks: by their own numbers, by the account's, or as a setting says.
@Suite struct ReadingTests {
    private static let birth = LedgerTests.birth
    private let ledger: Ledger

    init() throws {
        ledger = try Self.ledger()
    }

    private static func ledger(forcedReading: StatsReading? = nil) throws -> Ledger {
        let owner = LedgerOwner(account: "default", resource: "messages", accountSID: nil)
        return try Ledger(folder: ":memory:", owner: owner, forcedReading: forcedReading)
    }

    private func poll(_ operations: Operation..., at now: Timestamp = birth) throws {
        ledger.pollBegins()
        try ledger.record(operations, at: now)
    }

    private func gained(_ milestone: Milestone) -> Int64 { ledger.state.totals[.gained(milestone)] }

    /// So many operations whose numbers are exclusive.
    private func exclusive(_ count: Int, from first: Int = 0) -> [Operation] {
        (first..<first + count).map { .make("e\($0)", [.total: 10, .queued: 1, .sent: 5, .delivered: 4]) }
    }

    private func cumulative(_ count: Int) -> [Operation] {
        (0..<count).map { .make("c\($0)", [.total: 10, .sent: 10, .delivered: 4]) }
    }

    @Test("the examples of overcounts count the truth")
    func overcounts() throws {
        for index in 0..<5 {
            try poll(.make("a\(index)", [.total: 10, .sent: 6, .delivered: 4, .unaddressable: 4, .attempts: 6]))
        }
        #expect(gained(.sent) == 30)
        for index in 0..<10 {
            try poll(.make("b\(index)", [.total: 10, .sent: 10, .delivered: 10, .undelivered: 3, .attempts: 13]))
        }
        #expect(gained(.sent) == 130)
        for index in 0..<10 { try poll(.make("c\(index)", [.total: 10, .sent: 10, .delivered: 3, .read: 6])) }
        #expect(gained(.sent) == 230)
        #expect(gained(.delivered) == 20 + 100 + 60)
    }

    @Test("an account is exclusive once nine in ten of ten verdicts say so, and stays so down to eight in ten")
    func turns() throws {
        try ledger.record(exclusive(9), at: Self.birth)
        #expect(ledger.readingInForce == .cumulative)
        try ledger.record(exclusive(10), at: Self.birth)
        #expect(ledger.readingInForce == .exclusive)
        try ledger.record(cumulative(2), at: Self.birth)
        #expect(ledger.state.totals[.verdicts(.exclusive)] == 10)
        #expect(ledger.state.totals[.verdicts(.cumulative)] == 2)
        #expect(ledger.readingInForce == .exclusive)
        try ledger.record(cumulative(3), at: Self.birth)
        #expect(ledger.readingInForce == .cumulative)
        try ledger.record(exclusive(16, from: 10), at: Self.birth)
        #expect(ledger.readingInForce == .cumulative)
        try ledger.record(exclusive(17, from: 10), at: Self.birth)
        #expect(ledger.readingInForce == .exclusive)
    }

    @Test("verdicts leave with their operations, and an account that has few left stays as it was")
    func verdictsLeave() throws {
        try ledger.record(exclusive(10), at: Self.birth)
        _ = try ledger.retire(at: Self.birth + Operation.retention + .seconds(3600))
        #expect(ledger.state.totals[.verdicts(.exclusive)] == 0)
        #expect(ledger.readingInForce == .exclusive)
        let created = Self.birth + Operation.retention
        try poll(.make("c", created: created, [.total: 10, .sent: 10, .delivered: 4]), at: created)
        #expect(ledger.readingInForce == .cumulative)
    }

    @Test("when an account turns since operations leave, what is known is forgotten")
    func turnsByLeaving() throws {
        let later = Self.birth + .seconds(86_400)
        let new = (0..<12).map {
            Operation.make("e\($0)", created: later, [.total: 10, .queued: 1, .sent: 5, .delivered: 4])
        }
        let open = Operation.make("open", created: later, [.sent: 6, .delivered: 4])
        try ledger.record(cumulative(8), at: Self.birth)
        try ledger.record(new + [open], at: later)
        let before = gained(.sent)
        _ = try ledger.retire(at: Self.birth + Operation.retention + .seconds(3600))
        #expect(ledger.readingInForce == .exclusive)
        try ledger.record([open], at: later + Operation.retention - .seconds(60))
        #expect(gained(.sent) == before + 4)
    }

    @Test("one strange look turns no account, and an open look is read as the account is")
    func strangeLook() throws {
        try ledger.record(exclusive(20), at: Self.birth)
        let before = gained(.sent)
        try poll(.make("strange", [.total: 10, .queued: 5, .sent: 6]), .make("plan", [.total: 0, .scheduled: 10]))
        #expect(gained(.sent) == before + 5)
        try poll(.make("open", [.sent: 6, .delivered: 4]))
        #expect(gained(.sent) == before + 5 + 10)
    }

    @Test("when the account turns, open looks that have not changed are read again, and none is a fall")
    func readAgain() throws {
        let open = Operation.make("open", [.sent: 6, .delivered: 4])
        try poll(open)
        #expect(gained(.sent) == 6)
        try ledger.record(exclusive(10), at: Self.birth)
        try poll(open)
        #expect(gained(.sent) == 10 + 90)
        try ledger.record(cumulative(10), at: Self.birth)
        try poll(open)
        #expect(ledger.readingInForce == .cumulative)
        #expect(ledger.state.totals[.regressions(.sent)] == 0)
    }

    @Test("lists in one reading and fetches in the other count each message once")
    func mixture() throws {
        for _ in 0..<3 {
            try poll(.make("a", [.total: 10, .sent: 10, .delivered: 7, .read: 2]))
            try poll(.make("a", [.total: 10, .sent: 3, .delivered: 5, .read: 2]))
        }
        #expect(gained(.sent) == 10)
        #expect(gained(.delivered) == 7)
        #expect(ledger.state.totals[.verdicts(.exclusive)] == 1)
    }

    @Test("numbers that do not add up count once a later poll shows them again, and not what another sweep shows")
    func torn() throws {
        let torn = Operation.make("a", [.total: 10, .sent: 2, .delivered: 5])
        try poll(torn)
        #expect(gained(.sent) == 5)
        try ledger.record([torn], at: Self.birth)
        #expect(gained(.sent) == 5)
        let moved = Operation.make("a", [.total: 10, .sent: 2, .delivered: 6])
        try poll(moved)
        #expect(gained(.sent) == 6)
        try poll(moved)
        #expect(gained(.sent) == 8)
        try poll(moved)
        #expect(gained(.sent) == 8)
    }

    @Test("numbers that neither reading allows count at their lowest also in an exclusive account, however often")
    func contradictionOfExclusive() throws {
        try ledger.record(exclusive(10), at: Self.birth)
        let before = gained(.sent)
        for _ in 0..<3 {
            try poll(
                .make("a", [.sent: 3, .delivered: 5, .attempts: 6]),
                .make("b", [.total: 10, .queued: 3, .sent: 3, .delivered: 5]))
        }
        #expect(gained(.sent) == before + 5 + 5)
        #expect(ledger.state.totals[.contradictions] == 2)
    }

    @Test(
        "the first look at an older operation is its past also where a reading is forced",
        arguments: StatsReading.allCases)
    func forcedBaseline(reading: StatsReading) throws {
        let ledger = try Self.ledger(forcedReading: reading)
        let created = Self.birth - .seconds(1000)
        for _ in 0..<3 {
            ledger.pollBegins()
            try ledger.record(
                [
                    .make("a", created: created, [.sent: 4, .delivered: 4, .attempts: 5]),
                    .make("b", created: created, [.total: 10, .queued: 4, .sent: 4, .delivered: 4]),
                    .make("c", created: created, [.total: 10, .queued: 3, .sent: 4, .delivered: 3]),
                ], at: Self.birth)
        }
        #expect(ledger.state.totals[.gained(.sent)] == 0)
    }

    @Test("of an older operation the first value that can be read of a member is its past")
    func unreadableBaseline() throws {
        let created = Self.birth - .seconds(1000)
        try poll(.make("a", created: created, Stats([.total: 10], unreadable: .sent)))
        try poll(.make("a", created: created, [.total: 10, .sent: 10]))
        #expect(gained(.sent) == 0)
    }

    @Test("a member of an older operation that can never be read keeps the others from no gain")
    func neverRead() throws {
        let created = Self.birth - .seconds(1000)
        try poll(.make("a", created: created, Stats([.total: 10, .queued: 10], unreadable: .read)))
        try poll(.make("a", created: created, Stats([.total: 10, .queued: 4, .sent: 6], unreadable: .read)))
        #expect(gained(.sent) == 6)
        try poll(.make("a", created: created, [.total: 10, .queued: 1, .sent: 1, .read: 8]))
        #expect(gained(.sent) == 6)
        try poll(.make("a", created: created, [.total: 10, .sent: 1, .read: 9]))
        #expect(gained(.sent) == 7)
        #expect(gained(.read) == 1)
    }

    @Test(
        "the past of an older operation is no gain when a forced reading is changed",
        arguments: [nil, .exclusive] as [StatsReading?])
    func readingNoLongerForced(reading: StatsReading?) throws {
        let ledger = try Self.ledger(forcedReading: .cumulative)
        let old = Operation.make(
            "a", created: Self.birth - .seconds(1000), [.total: 10_000, .sent: 5000, .delivered: 5000])
        try ledger.record([old], at: Self.birth)
        ledger.force(reading)
        for _ in 0..<2 {
            ledger.pollBegins()
            try ledger.record([old], at: Self.birth)
        }
        #expect(ledger.state.totals[.gained(.sent)] == 0)
    }

    @Test("a member that could never be read keeps no exclusive sum from counting")
    func unreadableAddend() throws {
        let ledger = try Self.ledger(forcedReading: .exclusive)
        try ledger.record(
            [.make("a", Stats([.total: 10, .sent: 2, .delivered: 8], unreadable: .unaddressable))], at: Self.birth)
        #expect(ledger.state.totals[.gained(.sent)] == 10)
    }

    @Test("a page that turns the account is shown again, since it was read as before")
    func turningPage() throws {
        let page = exclusive(10) + [.make("open", [.sent: 6, .delivered: 4])]
        try ledger.record(page.map(Sighting.init(told:)), at: Self.birth, wall: Self.birth)
        #expect(gained(.sent) == 90 + 6)
        try poll(page[0], page[10])
        #expect(gained(.sent) == 90 + 10)
    }

    @Test("a fall of an older operation is one also where its past was open")
    func fallBelowExcess() throws {
        let created = Self.birth - .seconds(1000)
        try poll(.make("a", created: created, [.total: 20, .queued: 10, .sent: 5, .delivered: 3]))
        try poll(.make("a", created: created, [.total: 20, .queued: 8, .sent: 4, .delivered: 8]))
        #expect(gained(.sent) == 4)
        for _ in 0..<2 { try poll(.make("a", created: created, [.total: 20, .queued: 8, .sent: 2, .delivered: 8])) }
        #expect(ledger.state.totals[.regressions(.sent)] == 1)
    }

    @Test(
        "numbers that neither reading allows are a contradiction, which an operation is once, and the lower ones count")
    func contradiction() throws {
        try poll(.make("a", [.total: 10, .queued: 5, .sent: 2, .delivered: 4]))
        try poll(.make("a", [.total: 10, .queued: 5, .sent: 2, .delivered: 5]))
        #expect(gained(.sent) == 5)
        #expect(ledger.state.totals[.contradictions] == 1)
        #expect(ledger.contradiction == "a")
    }

    @Test("a forced reading is that of every look, within the cap, and numbers it does not allow are a contradiction")
    func forced() throws {
        let ledger = try Self.ledger(forcedReading: .exclusive)
        try ledger.record([.make("b", [.total: 5, .sent: 5, .delivered: 5])], at: Self.birth)
        ledger.pollBegins()
        try ledger.record([.make("b", [.total: 5, .sent: 5, .delivered: 5])], at: Self.birth)
        #expect(ledger.readingInForce == .exclusive)
        #expect(ledger.state.totals[.gained(.sent)] == 5)
        #expect(ledger.state.totals[.contradictions] == 1)
        let cumulative = try Self.ledger(forcedReading: .cumulative)
        try cumulative.record([.make("a", [.total: 10, .queued: 1, .sent: 5, .delivered: 4])], at: Self.birth)
        #expect(cumulative.state.totals[.gained(.sent)] == 5)
        #expect(cumulative.state.totals[.contradictions] == 0)
    }

    @Test("an older operation that was scheduled without stats counts what it sends, and not its messages")
    func scheduledBefore() throws {
        let created = Self.birth - .seconds(1000)
        try poll(.make("a", status: .scheduled, created: created), .make("b", status: .processing, created: created))
        for id in ["a", "b"] {
            try poll(.make(id, created: created, [.total: 10, .recipients: 10, .attempts: 10, .sent: 10]))
        }
        #expect(gained(.sent) == 10)
        #expect(gained(.attempts) == 10)
        #expect(gained(.messages) == 0)
        #expect(gained(.recipients) == 0)
    }

    @Test("an older operation gains nothing from open stats that stood still, whichever reading they turn out to have")
    func openBaseline() throws {
        let created = Self.birth - .seconds(1000)
        try poll(.make("a", created: created, [.sent: 5, .delivered: 3]))
        try poll(.make("a", created: created, [.sent: 0, .delivered: 8, .attempts: 8]))
        #expect(gained(.sent) == 0)
        try ledger.record(exclusive(10), at: Self.birth)
        let before = gained(.sent)
        try poll(.make("a", created: created, [.sent: 1, .delivered: 8]))
        #expect(gained(.sent) == before + 1)
    }

    @Test("a report that is older moves no gauge, until its kind has lasted a minute")
    func stale() throws {
        let new = Operation.make("a", updated: Self.birth + .seconds(100), [.total: 10, .queued: 2, .sent: 8])
        let old = Operation.make("a", updated: Self.birth + .seconds(90), [.total: 10, .queued: 10])
        let now = Self.birth + .seconds(200)
        try poll()
        try poll(new, at: now)
        try poll(old, at: now)
        #expect(ledger.state.window[.completed, .stat(.sent)] == 8)
        #expect(ledger.state.totals[.regressions(.sent)] == 0)
        try poll(new, at: now + .seconds(30))
        try poll(old, at: now + .seconds(70))
        #expect(ledger.state.window[.completed, .stat(.sent)] == 8)
        try poll(old, at: now + .seconds(130))
        #expect(ledger.state.window[.completed, .stat(.sent)] == 0)
        #expect(gained(.sent) == 8)
    }

    @Test(
        "a report is not older where the last one is of the future, within a second of it, or says no time",
        arguments: [(500, 90), (100, 99), (100, nil)] as [(Int, Int?)])
    func notStale(first: Int, second: Int?) throws {
        let updated = { (seconds: Int) in Self.birth + .seconds(seconds) }
        try poll(.make("a", updated: updated(first), [.total: 10, .queued: 2, .sent: 8]), at: updated(200))
        try poll(.make("a", updated: second.map(updated), [.total: 10, .queued: 10]), at: updated(201))
        #expect(ledger.state.window[.completed, .stat(.sent)] == 0)
    }

    @Test("a member that cannot be read keeps its last value, and the look has no verdict")
    func unreadable() throws {
        try poll(.make("a", [.total: 10, .queued: 4, .sent: 3, .delivered: 3]))
        try poll(.make("a", Stats([.total: 10, .delivered: 7], unreadable: .sent)))
        #expect(ledger.state.window[.completed, .stat(.sent)] == 3)
        #expect(ledger.state.window[.completed, .stat(.queued)] == 0)
        #expect(gained(.delivered) == 7)
        #expect(gained(.sent) == 7)
    }

    @Test("where `total` is left out later on, nothing sent is counted above the one that was reported")
    func totalLeftOut() throws {
        try ledger.record(exclusive(10), at: Self.birth)
        let before = gained(.sent)
        try poll(.make("a", [.total: 10, .queued: 10]))
        try poll(.make("a", [.sent: 10, .delivered: 10, .undelivered: 3]))
        for _ in 0..<2 { try poll(.make("a", [.total: 0, .sent: 10, .delivered: 10, .read: 10])) }
        #expect(gained(.sent) == before + 10)
    }

    @Test("the value kept of a member that cannot be read is added to no other")
    func unreadableSum() throws {
        try ledger.record(exclusive(10), at: Self.birth)
        let before = gained(.sent)
        try poll(.make("a", [.sent: 8]))
        for _ in 0..<2 { try poll(.make("a", Stats([.delivered: 6], unreadable: .sent))) }
        #expect(gained(.sent) == before + 8)
    }

    @Test("a fall is counted again only after the value has recovered")
    func falls() throws {
        for failed: Int64 in [5, 3, 2, 4, 5, 1] { try poll(.make("a", [.total: 10, .failed: failed])) }
        #expect(ledger.state.totals[.regressions(.failed)] == 2)
    }
}

extension Stats {
    /// Some readable members beside one that is there and no count.
    fileprivate init(_ members: [Stat: Int64], unreadable stat: Stat) {
        var values = InlineArray<12, Int64>(repeating: 0)
        for (stat, value) in members { values[stat.rawValue] = value }
        let reported = members.keys.reduce(0 as UInt16) { $0 | 1 << $1.rawValue }
        self.init(values, reported: reported, unreadable: 1 << stat.rawValue)
    }
}
