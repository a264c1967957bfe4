import Operations
import TestSupport
import Testing

extension StatsWorldTests {
    @Test("of operations of both readings each is read by its own numbers")
    func mixture() async throws {
        let scene = try await StatsScene()
        let (exclusive, cumulative) = (Self.names("exclusive", 10), Self.names("cumulative", 10))
        scene.world.show(exclusive + cumulative, as: StatsLook(.processing, [.total: 10, .queued: 10]))
        _ = try await scene.afterPolls()
        scene.world.show(
            exclusive, as: StatsLook(.processing, [.total: 10, .queued: 4, .sent: 4, .delivered: 2, .attempts: 6]))
        scene.world.show(
            cumulative, as: StatsLook(.processing, [.total: 10, .queued: 4, .sent: 6, .delivered: 2, .attempts: 6]))
        let samples = try await scene.afterPolls()
        samples.expectCounters([.total: 200, .sent: 120, .delivered: 40, .attempts: 120])
        samples.expectWindow([.processing: [.total: 200, .queued: 80, .sent: 100, .delivered: 40, .attempts: 120]])
        scene.world.show(
            exclusive,
            as: StatsLook(.processing, [.total: 10, .sent: 1, .delivered: 5, .read: 3, .undelivered: 1, .attempts: 10]))
        scene.world.show(
            cumulative,
            as: StatsLook(
                .processing, [.total: 10, .sent: 10, .delivered: 8, .read: 3, .undelivered: 1, .attempts: 10]))
        try await scene.kill()
        scene.world.show(
            exclusive, as: StatsLook(.completed, [.total: 10, .delivered: 2, .read: 7, .undelivered: 1, .attempts: 10]))
        scene.world.show(
            cumulative,
            as: StatsLook(.completed, [.total: 10, .sent: 10, .delivered: 9, .read: 7, .undelivered: 1, .attempts: 10]))
        try await scene.expectTruth(
            [.total: 200, .sent: 200, .delivered: 180, .read: 140, .undelivered: 20, .attempts: 200],
            [
                .completed: [
                    .total: 200, .sent: 100, .delivered: 110, .read: 140, .undelivered: 20, .attempts: 200,
                ]
            ])
    }

    @Test("lists of one reading and fetches by id of the other say the same")
    func listsAndFetches() async throws {
        // Without `recent` at each poll an operation that is no longer processing is fetched by its id.
        let scene = try await StatsScene(StatsWorld(), sweeps: "{recent: {window: 2h, every: 1h}}")
        _ = try await scene.afterPolls()
        let ids = Self.names("operation", 10)
        scene.world.show(
            ids, as: StatsLook(.processing, [.total: 10, .queued: 4, .sent: 6, .delivered: 2, .attempts: 6]))
        var samples = try await scene.afterPolls()
        samples.expectCounters([.total: 100, .sent: 60, .delivered: 20, .attempts: 60])
        samples.expectReading(.cumulative)
        // More than five at a time would be listed.
        for some in [ids.prefix(5), ids.suffix(5)] {
            scene.world.show(
                Array(some),
                as: StatsLook(
                    .completed, [.total: 10, .sent: 10, .delivered: 8, .read: 3, .undelivered: 1, .attempts: 10]),
                fetched: StatsLook(
                    .completed, [.total: 10, .sent: 1, .delivered: 5, .read: 3, .undelivered: 1, .attempts: 10]))
            samples = try await scene.afterPolls()
        }
        #expect(scene.world.fetched == Set(ids))
        samples.expectCounters(
            [.total: 100, .sent: 100, .delivered: 80, .read: 30, .undelivered: 10, .attempts: 100])
        samples.expectWindow([
            .completed: [.total: 100, .sent: 10, .delivered: 50, .read: 30, .undelivered: 10, .attempts: 100]
        ])
        samples.expectReading(.exclusive)
        try await scene.kill()
        samples = try await scene.afterPolls()
        samples.expectCounters(
            [.total: 100, .sent: 100, .delivered: 80, .read: 30, .undelivered: 10, .attempts: 100])
        scene.world.show(
            ids,
            as: StatsLook(
                .completed, [.total: 10, .sent: 10, .delivered: 9, .read: 4, .undelivered: 1, .attempts: 10]))
        try await scene.restart()
        try await scene.expectTruth(
            [.total: 100, .sent: 100, .delivered: 90, .read: 40, .undelivered: 10, .attempts: 100],
            [.completed: [.total: 100, .sent: 100, .delivered: 90, .read: 40, .undelivered: 10, .attempts: 100]])
    }

    @Test("members that are left out are 0, and stats that are left out or cannot be read say nothing")
    func missingMembers() async throws {
        let scene = try await StatsScene()
        let ids = ["empty", "null", "without", "unreadable"]
        scene.world.show(ids, as: StatsLook(.processing, only: [.total: 399, .recipients: 399, .queued: 399]))
        var samples = try await scene.afterPolls()
        samples.expectCounters([.total: 1596, .recipients: 1596])
        samples.expectWindow([.processing: [.total: 1596, .recipients: 1596, .queued: 1596]])
        let half: Stats = [.total: 399, .recipients: 399, .queued: 100, .sent: 99, .delivered: 200, .attempts: 299]
        scene.world.show(ids, as: StatsLook(.processing, only: half))
        try await scene.kill()
        samples = try await scene.afterPolls()
        samples.expectCounters([.total: 1596, .recipients: 1596, .sent: 1196, .delivered: 800, .attempts: 1196])
        scene.world.show(["empty"], as: StatsLook(.processing, text: "{}"))
        scene.world.show(["null"], as: StatsLook(.processing, text: "null"))
        scene.world.show(["without"], as: StatsLook(.processing, text: nil))
        scene.world.show(
            ["unreadable"],
            as: StatsLook(
                .processing, text: #"{"total":399,"recipients":399,"queued":"many","delivered":299,"attempts":299}"#))
        try await scene.expectTruth(
            [.total: 1596, .recipients: 1596, .sent: 1196, .delivered: 899, .attempts: 1196],
            [
                .processing: [
                    .total: 1596, .recipients: 1596, .queued: 400, .sent: 297, .delivered: 899, .attempts: 1196,
                ]
            ])
        scene.world.show(
            ids, as: StatsLook(.completed, only: [.total: 399, .recipients: 399, .delivered: 399, .attempts: 399]))
        samples = try await scene.afterPolls()
        samples.expectCounters([.total: 1596, .recipients: 1596, .sent: 1596, .delivered: 1596, .attempts: 1596])
        samples.expectWindow([.completed: [.total: 1596, .recipients: 1596, .delivered: 1596, .attempts: 1596]])
    }

    @Test("an operation scheduled before the ledger's birth counts all it sends after it, and no messages")
    func scheduledBeforeBirth() async throws {
        let world = try StatsWorld()
        world.show(["without"], as: StatsLook(.scheduled, text: nil))
        world.show(["empty"], as: StatsLook(.scheduled, text: "{}"))
        world.show(["zeros"], as: StatsLook(.scheduled, only: [.total: 10, .recipients: 10, .scheduled: 10]))
        world.show(
            ["sending"],
            as: StatsLook(
                .processing, [.total: 10, .recipients: 10, .queued: 5, .sent: 1, .delivered: 4, .attempts: 5]))
        let scene = try await StatsScene(world)
        let samples = try await scene.afterPolls()
        samples.expectCounters([:])
        samples.expectWindow([
            .scheduled: [.total: 10, .recipients: 10, .scheduled: 10],
            .processing: [.total: 10, .recipients: 10, .queued: 5, .sent: 1, .delivered: 4, .attempts: 5],
        ])
        scene.world.show(
            ["without", "empty", "zeros", "sending"],
            as: StatsLook(.completed, [.total: 10, .recipients: 10, .delivered: 10, .attempts: 10]))
        try await scene.kill()
        try await scene.expectTruth(
            [.sent: 35, .delivered: 36, .attempts: 35],
            [.completed: [.total: 40, .recipients: 40, .delivered: 40, .attempts: 40]])
    }

    @Test("a report that is older than the last one changes no gauge, and one of the same moment does")
    func staleReplica() async throws {
        let world = try StatsWorld()
        let first = StatsLook(.processing, [.total: 10, .queued: 10], age: .seconds(300))
        world.show(["operation"], as: first)
        let scene = try await StatsScene(world)
        let second = StatsLook(.processing, [.total: 10, .queued: 2, .sent: 8, .attempts: 8], age: .seconds(600))
        world.show(["operation"], as: second, filtered: first)
        var samples = try await scene.afterPolls()
        samples.expectWindow([.processing: [.total: 10, .queued: 2, .sent: 8, .attempts: 8]])
        world.show(["operation"], as: first)
        try await scene.expectTruth(
            [.sent: 8, .attempts: 8], [.processing: [.total: 10, .queued: 2, .sent: 8, .attempts: 8]])
        world.show(
            ["operation"],
            as: StatsLook(.completed, [.total: 10, .delivered: 10, .attempts: 10], age: .seconds(900)),
            filtered: second)
        try await scene.expectTruth(
            [.sent: 10, .delivered: 10, .attempts: 10], [.completed: [.total: 10, .delivered: 10, .attempts: 10]])
        world.show(
            ["operation"],
            as: StatsLook(.completed, [.total: 10, .delivered: 9, .read: 1, .attempts: 10], age: .seconds(899)))
        samples = try await scene.afterPolls()
        samples.expectCounters([.sent: 10, .delivered: 10, .read: 1, .attempts: 10])
        #expect(samples[series("operations_finished_total", #"status="completed""#)] == 1)
        samples.expectWindow([.completed: [.total: 10, .delivered: 9, .read: 1, .attempts: 10]])
    }

    @Test("numbers that do not add up count once a later poll shows the same, so no torn look overcounts")
    func tornNumbers() async throws {
        let scene = try await StatsScene()
        func group(_ sent: Int64, _ delivered: Int64) -> StatsLook {
            StatsLook(.processing, [.total: 100, .sent: sent, .delivered: delivered, .attempts: 100])
        }
        scene.world.show(
            Self.names("settled", 10), as: StatsLook(.completed, [.total: 10, .delivered: 9, .read: 1, .attempts: 10]))
        scene.world.show(
            ["apart"], as: StatsLook(.processing, [.total: 10, .sent: 8, .delivered: 2, .unaddressable: 2]))
        // Three of its messages are in no member.
        scene.world.show(["group"], as: group(60, 37))
        var samples = try await scene.afterPolls(2)
        samples.expectCounters(
            [.total: 210, .sent: 207, .delivered: 139, .read: 10, .unaddressable: 2, .attempts: 200])

        // For one poll two messages are in two members.
        scene.world.play("group", [group(60, 39), group(58, 39)])
        samples = try await scene.afterPlay(of: "group")
        samples.expectCounters(
            [.total: 210, .sent: 207, .delivered: 141, .read: 10, .unaddressable: 2, .attempts: 200])

        scene.world.play("group", [group(58, 41), group(57, 41), group(50, 48), group(49, 49), group(48, 49)])
        try await scene.kill()
        _ = try await scene.afterPlay(of: "group")
        try await scene.expectTruth(
            [.total: 210, .sent: 207, .delivered: 151, .read: 10, .unaddressable: 2, .attempts: 200],
            [
                .completed: [.total: 100, .delivered: 90, .read: 10, .attempts: 100],
                .processing: [.total: 110, .sent: 56, .delivered: 51, .unaddressable: 2, .attempts: 100],
            ], reading: .exclusive)
    }

    @Test("numbers that neither reading allows count as the lower ones, once, with one line in the log")
    func contradictions() async throws {
        let scene = try await StatsScene()
        let impossible = StatsLook(.processing, [.total: 10, .queued: 5, .sent: 4, .delivered: 6, .attempts: 10])
        scene.world.show(["first"], as: impossible)
        var samples = try await scene.afterPolls()
        samples.expectCounters([.total: 10, .sent: 5, .delivered: 5, .attempts: 10])
        samples.expectReading(.cumulative, contradictions: 1)
        scene.world.show(["second"], as: impossible)
        _ = try await scene.afterPolls()
        #expect(try await scene.kill().contradicting == ["warn first"])
        scene.world.show(
            ["first"],
            as: StatsLook(.processing, [.total: 10, .queued: 4, .sent: 4, .delivered: 7, .attempts: 11]))
        _ = try await scene.afterPolls()
        #expect(scene.exporter.program.standardError.contradicting == [])
        try await scene.expectTruth(
            [.total: 20, .sent: 11, .delivered: 11, .attempts: 21],
            [.processing: [.total: 20, .queued: 9, .sent: 8, .delivered: 13, .attempts: 21]], contradictions: 2)
        scene.world.show(["first", "second"], as: StatsLook(.completed, [.total: 10, .delivered: 10, .attempts: 11]))
        samples = try await scene.afterPolls()
        samples.expectCounters([.total: 20, .sent: 20, .delivered: 20, .attempts: 22])
        samples.expectReading(.cumulative, contradictions: 2)
    }

    @Test("a forced reading counts no more than was sent, and tells of the operation that it does not fit")
    func forcedReading() async throws {
        let scene = try await StatsScene(StatsWorld(), reading: "exclusive")
        let ids = ["first", "second"]
        scene.world.show(
            ["first"], as: StatsLook(.processing, [.total: 10, .queued: 4, .sent: 6, .delivered: 5, .attempts: 7]))
        _ = try await scene.afterPolls()
        scene.world.show(
            ids,
            as: StatsLook(.completed, [.total: 10, .sent: 10, .delivered: 10, .undelivered: 3, .attempts: 13]))
        #expect(try await scene.kill().contradicting == ["warn first"])
        try await scene.expectTruth(
            [.total: 20, .sent: 20, .delivered: 20, .undelivered: 6, .attempts: 26],
            [.completed: [.total: 20, .sent: 20, .delivered: 20, .undelivered: 6, .attempts: 26]],
            reading: .exclusive, contradictions: 2)
    }
}

extension String {
    /// The level and the operation of each log line about a contradiction.
    fileprivate var contradicting: [String] {
        split(separator: "\n").filter { $0.contains("the stats of an operation are impossible") }.map { line in
            let level = line.firstMatch(of: /level=(\w+)/)?.1 ?? "no level"
            return "\(level) \(line.firstMatch(of: /\boperation=(\S+)/)?.1 ?? "no operation")"
        }
    }
}

extension StatsScene {
    /// The samples after the last look of `play`, which a later poll has shown again.
    func afterPlay(of id: String) async throws -> Samples {
        _ = try await eventually("the last look is shown") { world.hasPlayed(id) ? true : nil }
        return try await afterPolls(2)
    }
}
