import Ledger
import Operations
import Testing

/// The published examples of the API's documentation, with the milestones they must give under each reading.
@Suite struct MilestoneTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let stats: Stats
        /// What the example proves by itself.
        let proves: StatsReading?
        /// sent, delivered and read; nil where nothing is reported.
        let exclusive: [Int64?]
        let cumulative: [Int64?]
    }

    static let examples = [
        Example(
            testDescription: "M1, the list's sample, disproves both",
            stats: [
                .total: 10, .recipients: 10, .queued: 5, .sent: 3, .scheduled: 2, .delivered: 3, .read: 1,
                .undelivered: 1, .unaddressable: 0, .failed: 0, .canceled: 0, .attempts: 12,
            ],
            proves: nil, exclusive: [8, 4, 1], cumulative: [4, 3, 1]),
        Example(
            testDescription: "M2, delivered without sent",
            stats: [.total: 1, .recipients: 1, .attempts: 1, .sent: 0, .delivered: 1, .read: 0],
            proves: .exclusive, exclusive: [1, 1, 0], cumulative: [1, 1, 0]),
        Example(
            testDescription: "M3, nothing has happened yet",
            stats: [
                .total: 1, .recipients: 1, .attempts: 1, .scheduled: 0, .queued: 0, .sent: 0, .delivered: 0, .read: 0,
                .undelivered: 0, .unaddressable: 0, .failed: 0, .canceled: 0,
            ],
            proves: nil, exclusive: [0, 0, 0], cumulative: [0, 0, 0]),
        Example(
            testDescription: "E1, an e-mail operation with every state kept",
            stats: [.total: 5, .recipients: 5, .attempts: 5, .sent: 5, .delivered: 5, .read: 3],
            proves: .cumulative, exclusive: [13, 8, 3], cumulative: [5, 5, 3]),
        Example(
            testDescription: "E2, all scheduled",
            stats: [.total: 3, .scheduled: 3, .attempts: 0],
            proves: nil, exclusive: [nil, nil, nil], cumulative: [nil, nil, nil]),
        Example(
            testDescription: "E3, recipients and attempts not reported",
            stats: [.total: 2, .sent: 0, .delivered: 2, .read: 0],
            proves: .exclusive, exclusive: [2, 2, 0], cumulative: [2, 2, 0]),
        Example(
            testDescription: "E4, sent 3, delivered 3, opened 2",
            stats: [.total: 3, .attempts: 3, .sent: 3, .delivered: 3, .read: 2],
            proves: .cumulative, exclusive: [8, 5, 2], cumulative: [3, 3, 2]),
        Example(
            testDescription: "P1, a push operation under way",
            stats: [
                .total: 150, .recipients: 145, .unaddressable: 3, .scheduled: 20, .queued: 50, .sent: 70, .failed: 5,
                .canceled: 2,
            ],
            proves: nil, exclusive: [70, nil, nil], cumulative: [70, nil, nil]),
        Example(
            testDescription: "P2, a push operation done",
            stats: [.total: 300, .sent: 295, .failed: 5],
            proves: nil, exclusive: [295, nil, nil], cumulative: [295, nil, nil]),
        Example(
            testDescription: "P3, delivered without sent",
            stats: [.total: 1, .recipients: 1, .attempts: 1, .sent: 0, .delivered: 1],
            proves: .exclusive, exclusive: [1, 1, nil], cumulative: [1, 1, nil]),
        Example(
            testDescription: "more read than delivered disproves cumulative",
            stats: [.total: 9, .sent: 4, .delivered: 1, .read: 4],
            proves: .exclusive, exclusive: [9, 5, 4], cumulative: [4, 4, 4]),
        Example(
            testDescription: "nothing reported", stats: [:], proves: nil, exclusive: [nil, nil, nil],
            cumulative: [nil, nil, nil]),
    ]

    @Test("the documentation's examples give these milestones", arguments: examples)
    func milestones(of example: Example) {
        let milestones: [Milestone] = [.sent, .delivered, .read]
        #expect(example.stats.provenReading == example.proves)
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
    }
}
