import Operations
import TestSupport
import Testing

/// The built exporter against APIs whose stats mean different things: its numbers are the truth in each.
@Suite(.fewAtATime) struct StatsWorldTests {
    static func names(_ name: String, _ count: Int) -> [String] {
        (1...count).map { "\(name)\($0)" }
    }

    /// Three looks at each of some operations, and their truth in the end.
    struct Life: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// True where its numbers say how many messages there can be.
        var isBounded = true
        let count: Int
        let looks: [StatsLook]
        let counters: Stats
        let window: Stats
    }

    static let lives = [
        Life(
            testDescription: "recipients without an address", count: 5,
            looks: [
                StatsLook(.processing, [.total: 10, .queued: 6, .unaddressable: 4]),
                StatsLook(
                    .processing, [.total: 10, .queued: 2, .sent: 4, .delivered: 1, .unaddressable: 4, .attempts: 4]),
                StatsLook(.completed, [.total: 10, .sent: 6, .delivered: 4, .unaddressable: 4, .attempts: 6]),
            ],
            counters: [.total: 50, .sent: 30, .delivered: 20, .unaddressable: 20, .attempts: 30],
            window: [.total: 50, .sent: 30, .delivered: 20, .unaddressable: 20, .attempts: 30]),
        Life(
            testDescription: "no total", count: 5,
            looks: [
                StatsLook(.processing, only: [.queued: 9]),
                StatsLook(.processing, only: [.queued: 3, .sent: 6, .delivered: 4, .read: 1, .attempts: 6]),
                StatsLook(.completed, only: [.sent: 9, .delivered: 8, .read: 5, .attempts: 9]),
            ],
            counters: [.sent: 45, .delivered: 40, .read: 25, .attempts: 45],
            window: [.sent: 45, .delivered: 40, .read: 25, .attempts: 45]),
        Life(
            testDescription: "neither total nor attempts", isBounded: false, count: 5,
            looks: [
                StatsLook(.processing, only: [.queued: 9]),
                StatsLook(.processing, only: [.queued: 3, .sent: 6, .delivered: 4, .read: 1]),
                StatsLook(.completed, only: [.sent: 9, .delivered: 8, .read: 5]),
            ],
            counters: [.sent: 45, .delivered: 40, .read: 25],
            window: [.sent: 45, .delivered: 40, .read: 25]),
        Life(
            testDescription: "a second channel after the first", count: 10,
            looks: [
                StatsLook(.processing, [.total: 10, .queued: 10]),
                StatsLook(
                    .processing, [.total: 10, .queued: 4, .sent: 6, .delivered: 5, .undelivered: 1, .attempts: 7]),
                StatsLook(.completed, [.total: 10, .sent: 10, .delivered: 10, .undelivered: 3, .attempts: 13]),
            ],
            counters: [.total: 100, .sent: 100, .delivered: 100, .undelivered: 30, .attempts: 130],
            window: [.total: 100, .sent: 100, .delivered: 100, .undelivered: 30, .attempts: 130]),
        Life(
            testDescription: "more read than delivered", count: 10,
            looks: [
                StatsLook(.processing, [.total: 10, .queued: 10]),
                StatsLook(.processing, [.total: 10, .queued: 5, .sent: 5, .delivered: 1, .read: 3]),
                StatsLook(.completed, [.total: 10, .sent: 10, .delivered: 3, .read: 6]),
            ],
            counters: [.total: 100, .sent: 100, .delivered: 60, .read: 60],
            window: [.total: 100, .sent: 100, .delivered: 30, .read: 60]),
        Life(
            testDescription: "read and never delivered", count: 10,
            looks: [
                StatsLook(.processing, [.total: 10, .queued: 10]),
                StatsLook(.processing, [.total: 10, .queued: 5, .sent: 5, .read: 3, .attempts: 5]),
                StatsLook(.completed, [.total: 10, .sent: 10, .read: 6, .attempts: 10]),
            ],
            counters: [.total: 100, .sent: 100, .delivered: 60, .read: 60, .attempts: 100],
            window: [.total: 100, .sent: 100, .read: 60, .attempts: 100]),
        Life(
            testDescription: "the documentation's first example", count: 1,
            looks: [
                StatsLook(.scheduled, [.total: 10, .recipients: 10, .queued: 8, .scheduled: 2]),
                StatsLook(
                    .scheduled, [.total: 10, .recipients: 10, .queued: 6, .sent: 2, .scheduled: 2, .attempts: 2]),
                StatsLook(
                    .scheduled,
                    [
                        .total: 10, .recipients: 10, .queued: 5, .sent: 3, .scheduled: 2, .delivered: 3, .read: 1,
                        .undelivered: 1, .attempts: 12,
                    ]),
            ],
            counters: [
                .total: 10, .recipients: 10, .sent: 3, .delivered: 3, .read: 1, .undelivered: 1, .attempts: 12,
            ],
            window: [
                .total: 10, .recipients: 10, .queued: 5, .sent: 3, .scheduled: 2, .delivered: 3, .read: 1,
                .undelivered: 1, .attempts: 12,
            ]),
        Life(
            testDescription: "the documentation's example of a fetch", count: 1,
            looks: [
                StatsLook(.processing, [.total: 1, .recipients: 1, .queued: 1]),
                StatsLook(.processing, [.total: 1, .recipients: 1, .sent: 1, .attempts: 1]),
                StatsLook(.completed, [.total: 1, .recipients: 1, .delivered: 1, .attempts: 1]),
            ],
            counters: [.total: 1, .recipients: 1, .sent: 1, .delivered: 1, .attempts: 1],
            window: [.total: 1, .recipients: 1, .delivered: 1, .attempts: 1]),
    ]

    @Test("no account of few operations counts more than was sent", arguments: lives)
    func fewOperations(life: Life) async throws {
        let scene = try await StatsScene()
        let ids = Self.names("operation", life.count)
        scene.world.show(ids, as: life.looks[0])
        _ = try await scene.afterPolls()
        scene.world.show(ids, as: life.looks[1])
        try await scene.kill()
        scene.world.show(ids, as: life.looks[2])
        try await scene.expectTruth(life.counters, [life.looks[2].status: life.window])
    }

    @Test("an exclusive account counts no more than was sent of the cumulative operations in it")
    func fewAmongExclusive() async throws {
        let scene = try await StatsScene()
        scene.world.show(
            Self.names("exclusive", 40),
            as: StatsLook(.completed, [.total: 10, .delivered: 9, .read: 1, .attempts: 10]))
        try await scene.afterPolls().expectReading(.exclusive)
        let lives = Self.lives.filter(\.isBounded)
        for look in 0...2 {
            for (index, life) in lives.enumerated() { scene.world.show(["life\(index)"], as: life.looks[look]) }
            if look == 0 { _ = try await scene.afterPolls() }
            if look == 1 { try await scene.kill() }
        }
        try await scene.expectTruth(
            [
                .total: 451, .recipients: 11, .sent: 449, .delivered: 438, .read: 58, .undelivered: 4,
                .unaddressable: 4, .attempts: 451,
            ],
            [
                .completed: [
                    .total: 441, .recipients: 1, .sent: 45, .delivered: 386, .read: 57, .undelivered: 3,
                    .unaddressable: 4, .attempts: 439,
                ],
                .scheduled: [
                    .total: 10, .recipients: 10, .queued: 5, .sent: 3, .scheduled: 2, .delivered: 3, .read: 1,
                    .undelivered: 1, .attempts: 12,
                ],
            ], reading: .exclusive)
    }

    @Test("two strange looks turn no exclusive account, and are right in the end")
    func strangeLooks() async throws {
        let scene = try await StatsScene()
        let (settled, open) = (Self.names("settled", 20), Self.names("open", 5))
        scene.world.show(
            settled, as: StatsLook(.processing, [.total: 10, .queued: 4, .sent: 2, .delivered: 4, .attempts: 6]))
        _ = try await scene.afterPolls()
        scene.world.show(settled, as: StatsLook(.completed, [.total: 10, .delivered: 10, .attempts: 10]))
        scene.world.show(["strange"], as: StatsLook(.processing, [.total: 10, .queued: 5, .sent: 6]))
        scene.world.show(["planned"], as: StatsLook(.scheduled, [.total: 0, .scheduled: 10]))
        try await scene.kill()
        _ = try await scene.afterPolls()
        scene.world.show(open, as: StatsLook(.processing, only: [.sent: 5, .delivered: 3, .attempts: 8]))
        try await scene.expectTruth(
            [.total: 210, .sent: 245, .delivered: 215, .attempts: 240],
            [
                .completed: [.total: 200, .delivered: 200, .attempts: 200],
                .processing: [.total: 10, .queued: 5, .sent: 31, .delivered: 15, .attempts: 40],
                .scheduled: [.scheduled: 10],
            ], reading: .exclusive)
        scene.world.show(["strange"], as: StatsLook(.completed, [.total: 10, .delivered: 10, .attempts: 10]))
        scene.world.show(["planned"], as: StatsLook(.completed, [.total: 10, .delivered: 9, .failed: 1, .attempts: 9]))
        scene.world.show(open, as: StatsLook(.completed, only: [.sent: 1, .delivered: 7, .attempts: 8]))
        let samples = try await scene.afterPolls()
        samples.expectCounters([.total: 220, .sent: 259, .delivered: 254, .failed: 1, .attempts: 259])
        samples.expectWindow([.completed: [.total: 220, .sent: 5, .delivered: 254, .failed: 1, .attempts: 259]])
        samples.expectReading(.exclusive)
    }

    @Test("one exclusive look turns no cumulative account")
    func strangeExclusiveLook() async throws {
        let scene = try await StatsScene()
        let (settled, open) = (Self.names("settled", 20), Self.names("open", 5))
        scene.world.show(settled, as: StatsLook(.completed, [.total: 10, .sent: 10, .delivered: 9, .attempts: 10]))
        scene.world.show(["strange"], as: StatsLook(.completed, [.total: 10, .delivered: 9, .read: 1, .attempts: 10]))
        _ = try await scene.afterPolls()
        scene.world.show(open, as: StatsLook(.processing, only: [.sent: 5, .delivered: 3, .attempts: 8]))
        try await scene.kill()
        try await scene.expectTruth(
            [.total: 210, .sent: 235, .delivered: 205, .read: 1, .attempts: 250],
            [
                .completed: [.total: 210, .sent: 200, .delivered: 189, .read: 1, .attempts: 210],
                .processing: [.sent: 25, .delivered: 15, .attempts: 40],
            ])
    }

    @Test("an account turns exclusive with its tenth verdict and back below 80 %, and each turn is logged once")
    func turns() async throws {
        let scene = try await StatsScene()
        scene.world.show(
            Self.names("exclusive", 9), as: StatsLook(.completed, [.total: 10, .delivered: 9, .read: 1, .attempts: 10]))
        scene.world.show(["open"], as: StatsLook(.processing, only: [.sent: 5, .delivered: 3, .attempts: 8]))
        var samples = try await scene.afterPolls()
        samples.expectCounters([.total: 90, .sent: 95, .delivered: 93, .read: 9, .attempts: 98])
        samples.expectReading(.cumulative)
        #expect(scene.exporter.program.standardError.turns == [])

        scene.world.show(
            ["exclusive10"], as: StatsLook(.completed, [.total: 10, .delivered: 9, .read: 1, .attempts: 10]))
        samples = try await scene.afterPolls()
        samples.expectCounters([.total: 100, .sent: 108, .delivered: 103, .read: 10, .attempts: 108])
        samples.expectReading(.exclusive)
        #expect(try await scene.kill().turns == ["warn exclusive: 10 exclusive, 0 cumulative"])

        let cumulative = StatsLook(.completed, [.total: 10, .sent: 10, .delivered: 9, .attempts: 10])
        scene.world.show(Self.names("cumulative", 2), as: cumulative)
        samples = try await scene.afterPolls()
        samples.expectCounters([.total: 120, .sent: 128, .delivered: 121, .read: 10, .attempts: 128])
        samples.expectReading(.exclusive)
        #expect(try await scene.restart().turns == [])

        scene.world.show(["cumulative3"], as: cumulative)
        samples = try await scene.afterPolls()
        #expect(scene.exporter.program.standardError.turns == ["warn cumulative: 10 exclusive, 3 cumulative"])
        try await scene.expectTruth(
            [.total: 130, .sent: 138, .delivered: 130, .read: 10, .attempts: 138],
            [
                .completed: [.total: 130, .sent: 30, .delivered: 117, .read: 10, .attempts: 130],
                .processing: [.sent: 5, .delivered: 3, .attempts: 8],
            ])
    }
}

extension String {
    /// Of a log, its level, reading and verdicts where an account turned.
    fileprivate var turns: [String] {
        split(separator: "\n").filter { $0.contains("now read as") }.map { line in
            let level = line.firstMatch(of: /level=(\w+)/)?.1 ?? "no level"
            let reading = line.firstMatch(of: /now read as (\w+)/)?.1 ?? ""
            let exclusive = line.firstMatch(of: /exclusive_operations=(\d+)/)?.1 ?? "?"
            let cumulative = line.firstMatch(of: /cumulative_operations=(\d+)/)?.1 ?? "?"
            return "\(level) \(reading): \(exclusive) exclusive, \(cumulative) cumulative"
        }
    }
}
