import Ledger
import Operations
import Testing

/// One look at an operation: the verdict on its numbers, what bounds them, and the milestones in either reading.
@Suite struct VerdictTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let stats: Stats
        let verdict: StatsReading?
        var isContradiction = false
        let cap: Int64?
        /// sent, delivered and read, before they are bounded.
        let exclusive: [Int64]
        let cumulative: [Int64]
    }

    /// The examples of the API's documentation.
    static let documented = [
        Example(
            testDescription: "M1, the list's sample",
            stats: [
                .total: 10, .recipients: 10, .queued: 5, .sent: 3, .scheduled: 2, .delivered: 3, .read: 1,
                .undelivered: 1, .unaddressable: 0, .failed: 0, .canceled: 0, .attempts: 12,
            ],
            verdict: .cumulative, cap: 3, exclusive: [8, 4, 1], cumulative: [3, 3, 1]),
        Example(
            testDescription: "M2, delivered without sent, which both readings count alike",
            stats: [.total: 1, .recipients: 1, .attempts: 1, .sent: 0, .delivered: 1, .read: 0],
            verdict: nil, cap: 1, exclusive: [1, 1, 0], cumulative: [1, 1, 0]),
        Example(
            testDescription: "M3, nothing has happened yet",
            stats: [
                .total: 1, .recipients: 1, .attempts: 1, .scheduled: 0, .queued: 0, .sent: 0, .delivered: 0, .read: 0,
                .undelivered: 0, .unaddressable: 0, .failed: 0, .canceled: 0,
            ],
            verdict: nil, cap: 1, exclusive: [0, 0, 0], cumulative: [0, 0, 0]),
        Example(
            testDescription: "E1, an e-mail operation with every state kept",
            stats: [.total: 5, .recipients: 5, .attempts: 5, .sent: 5, .delivered: 5, .read: 3],
            verdict: .cumulative, cap: 5, exclusive: [13, 8, 3], cumulative: [5, 5, 3]),
        Example(
            testDescription: "E2, all scheduled", stats: [.total: 3, .scheduled: 3, .attempts: 0],
            verdict: nil, cap: 0, exclusive: [0, 0, 0], cumulative: [0, 0, 0]),
        Example(
            testDescription: "E3, recipients and attempts not reported",
            stats: [.total: 2, .sent: 0, .delivered: 2, .read: 0],
            verdict: nil, cap: 2, exclusive: [2, 2, 0], cumulative: [2, 2, 0]),
        Example(
            testDescription: "E4, sent 3, delivered 3, opened 2",
            stats: [.total: 3, .attempts: 3, .sent: 3, .delivered: 3, .read: 2],
            verdict: .cumulative, cap: 3, exclusive: [8, 5, 2], cumulative: [3, 3, 2]),
        Example(
            testDescription: "P1, a push operation under way",
            stats: [
                .total: 150, .recipients: 145, .unaddressable: 3, .scheduled: 20, .queued: 50, .sent: 70, .failed: 5,
                .canceled: 2,
            ],
            verdict: nil, cap: 73, exclusive: [70, 0, 0], cumulative: [70, 0, 0]),
        Example(
            testDescription: "P2, a push operation done", stats: [.total: 300, .sent: 295, .failed: 5],
            verdict: nil, cap: 295, exclusive: [295, 0, 0], cumulative: [295, 0, 0]),
        Example(
            testDescription: "P3, delivered without sent, and members missing",
            stats: [.total: 1, .recipients: 1, .attempts: 1, .sent: 0, .delivered: 1],
            verdict: nil, cap: 1, exclusive: [1, 1, 0], cumulative: [1, 1, 0]),
    ]

    static let others = [
        Example(
            testDescription: "fewer attempts than the states add up to",
            stats: [.total: 10, .sent: 6, .delivered: 4, .unaddressable: 4, .attempts: 6],
            verdict: .cumulative, cap: 6, exclusive: [10, 4, 0], cumulative: [6, 4, 0]),
        Example(
            testDescription: "the same without attempts is exact in both readings, since some had no address",
            stats: [.total: 10, .sent: 6, .delivered: 4, .unaddressable: 4],
            verdict: nil, cap: 10, exclusive: [10, 4, 0], cumulative: [6, 4, 0]),
        Example(
            testDescription: "a channel fallback",
            stats: [.total: 10, .sent: 10, .delivered: 10, .undelivered: 3, .attempts: 13],
            verdict: .cumulative, cap: 10, exclusive: [23, 10, 0], cumulative: [10, 10, 0]),
        Example(
            testDescription: "more read than delivered, all of them sent",
            stats: [.total: 10, .sent: 10, .delivered: 3, .read: 6],
            verdict: .cumulative, cap: 10, exclusive: [19, 9, 6], cumulative: [10, 6, 6]),
        Example(
            testDescription: "more sent than can be", stats: [.total: 10, .queued: 5, .sent: 6],
            verdict: nil, cap: 5, exclusive: [6, 0, 0], cumulative: [6, 0, 0]),
        Example(
            testDescription: "a schedule without a total", stats: [.total: 0, .scheduled: 10],
            verdict: nil, cap: nil, exclusive: [0, 0, 0], cumulative: [0, 0, 0]),
        Example(
            testDescription: "each message in its present state",
            stats: [.total: 10, .queued: 1, .sent: 2, .delivered: 4, .read: 2, .undelivered: 1],
            verdict: .exclusive, cap: 9, exclusive: [9, 6, 2], cumulative: [4, 4, 2]),
        Example(
            testDescription: "an exact sum decides where both are possible",
            stats: [.total: 10, .queued: 1, .sent: 5, .delivered: 4],
            verdict: .exclusive, cap: 9, exclusive: [9, 4, 0], cumulative: [5, 4, 0]),
        Example(
            testDescription: "impossible in both", stats: [.total: 10, .queued: 5, .sent: 2, .delivered: 4],
            verdict: nil, isContradiction: true, cap: 5, exclusive: [6, 4, 0], cumulative: [4, 4, 0]),
        Example(
            testDescription: "without a total nothing is exact", stats: [.sent: 6, .delivered: 4],
            verdict: nil, cap: nil, exclusive: [10, 4, 0], cumulative: [6, 4, 0]),
        Example(
            testDescription: "attempts below what was sent bound nothing",
            stats: [.total: 10, .sent: 2, .delivered: 7, .attempts: 5],
            verdict: .exclusive, cap: 10, exclusive: [9, 7, 0], cumulative: [7, 7, 0]),
        Example(
            testDescription: "more waits than there are messages",
            stats: [.total: 5, .queued: 9, .sent: 1, .delivered: 1],
            verdict: nil, isContradiction: true, cap: 0, exclusive: [2, 1, 0], cumulative: [1, 1, 0]),
        Example(
            testDescription: "nothing reported", stats: [:], verdict: nil, cap: nil, exclusive: [0, 0, 0],
            cumulative: [0, 0, 0]),
    ]

    @Test("the numbers of one look give this verdict, this cap and these milestones", arguments: documented + others)
    func look(_ example: Example) {
        let milestones: [Milestone] = [.sent, .delivered, .read]
        let verdict = Verdict(on: example.stats)
        #expect(verdict.reading == example.verdict)
        #expect(verdict.isContradiction == example.isContradiction)
        #expect(example.stats.cap == example.cap)
        #expect(milestones.map { example.stats.value(of: $0, reading: .exclusive) } == example.exclusive)
        #expect(milestones.map { example.stats.value(of: $0, reading: .cumulative) } == example.cumulative)
    }

    @Test("all other milestones are as reported, in either reading", arguments: StatsReading.allCases)
    func asReported(reading: StatsReading) {
        let stats: Stats = [
            .total: 1, .recipients: 2, .attempts: 3, .undelivered: 4, .unaddressable: 5, .failed: 6, .canceled: 7,
        ]
        let milestones: [Milestone] = [
            .messages, .recipients, .attempts, .undelivered, .unaddressable, .failed, .canceled,
        ]
        #expect(milestones.map { stats.value(of: $0, reading: reading) } == [1, 2, 3, 4, 5, 6, 7])
        #expect(milestones.map { Stats().value(of: $0, reading: reading) } == [nil, 0, nil, 0, 0, 0, 0])
    }
}
