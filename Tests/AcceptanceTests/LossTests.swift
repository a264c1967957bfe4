import Operations
import TestSupport
import Testing

/// The built exporter where the API's `Date` is wrong for some time, creation times move, and the API keeps or shows less
/// than it says: nothing counts twice, and what is lost is said.
@Suite(.fewAtATime) struct LossTests {
    private static let scheduled = series("window_operations", #"status="scheduled""#)
    private static let processing = series("window_operations", #"status="processing""#)
    private static let sent = series("message_outcomes_total", #"outcome="sent""#)
    private static let expired = series("expired_unfinished_operations_total")

    @Test(
        "a Date that is wrong at birth, for a while, neither hides what comes after nor makes a burst of what was before",
        arguments: [3600, -3 * 3600, 20 * 3600, 9 * 86_400])
    func wrongDateAtBirth(seconds: Int) async throws {
        let scene = try await TimeScene(settings: "date_offset=\(seconds)")
        let wrong = try await scene.week()
        try await scene.simulator.set("date_offset=0")
        try await believe(in: scene)
        let right = try await scene.nextOperations()
        right.expectNoStepBack(from: wrong)
        #expect(abs(right[TimeTests.skew] ?? .infinity) < 20)
        try await scene.expectTruth()
    }

    @Test(
        "a Date that is wrong for a moment at a start lets nothing go, and loses nothing",
        arguments: [20 * 3600, 9 * 86_400, -9 * 86_400])
    func wrongDateAtStart(seconds: Int) async throws {
        let scene = try await TimeScene()
        let before = try await scene.nextOperations()
        await scene.stop()
        try await scene.simulator.set("date_offset=\(seconds)")
        try await scene.start()
        _ = try await scene.exporter.scrape(when: "it has polled") { $0[TruthTests.polls] ?? 0 > 0 }
        let wrong = try await scene.exporter.scrape()
        wrong.expectNoStepBack(from: before)
        try await scene.simulator.set("date_offset=0")
        try await believe(in: scene)
        try await scene.nextOperations().expectNoStepBack(from: wrong)
        try await scene.expectTruth()
    }

    /// Waits until the exporter has seen the right time twice, a minute apart.
    private func believe(in scene: TimeScene) async throws {
        let before = try await scene.exporter.scrape()
        _ = try await scene.exporter.scrape(when: "the right time is seen") {
            $0[TruthTests.polls] ?? 0 >= (before[TruthTests.polls] ?? 0) + 2
        }
        try scene.sleep(.seconds(61))
        _ = try await scene.exporter.scrape(when: "the right time is believed") {
            abs($0[TimeTests.skew] ?? .infinity) < 20 && $0[FaultTests.up] == 1
        }
    }

    @Test("creation times that move later, as schedules may, count nothing twice")
    func movedCreation() async throws {
        let scene = try await TimeScene(settings: "created_moves=7200")
        _ = try await scene.nextOperations()
        try await scene.simulator.set("rate=1")
        try scene.sleep(.seconds(3 * 3600))
        try await scene.simulator.set("rate=900")
        _ = try await scene.nextOperations()
        try await scene.expectTruth()
    }

    @Test("an API that keeps a day loses two of three days of downtime, and the gap says so at once")
    func shortRetention() async throws {
        let scene = try await TimeScene(settings: "retention=86400")
        let last = try await scene.nextOperations()
        await scene.stop()
        try await scene.simulator.set("rate=2")
        let start = ContinuousClock.now
        try scene.sleep(TimeTests.day * 3)
        try await scene.start()
        let next = try await scene.week()
        next.expectNoStepBack(from: last)
        let gap = next[TimeTests.gap] ?? 0
        let tolerance = (ContinuousClock.now - start) / .seconds(1) + 600
        #expect(abs(gap - 2 * 86_400) <= tolerance, "\(gap)")
        try await scene.restart()
        let again = try await scene.week()
        #expect(abs((again[TimeTests.gap] ?? 0) - gap) <= 1)
        let warnings = scene.exporter.program.standardError.split(separator: "\n").filter {
            $0.contains("keeps operations for less than 7 days")
        }
        #expect(warnings.count == 1)
        await scene.stop()
    }

    @Test("a list that is cut off without a next page is seen whole all the same")
    func cutOff() async throws {
        let scene = try await TimeScene(
            settings: "cut=1000", rates: ["--rate=60", "--pace=120", "--history=2d", "--history-rate=3"])
        _ = try await scene.nextOperations()
        try await scene.simulator.set("rate=3")
        try scene.sleep(TimeTests.day)
        _ = try await scene.nextOperations()
        try await scene.expectTruth()
    }
}

extension LossTests {
    /// An exporter that has listed a first week of an API with nothing in it, in a time that both share.
    private struct Small {
        let time: TimeWarp
        let api: SmallAPI
        let folder: TemporaryFolder
        var exporter: ExporterProcess

        init() async throws {
            time = try TimeWarp()
            api = try SmallAPI(in: time)
            folder = try TemporaryFolder()
            exporter = try await ExporterProcess(baseURL: api.baseURL, storage: folder.path, in: time)
            _ = try await exporter.scrape(when: "the week is listed") { $0[TruthTests.week] ?? 0 != 0 }
        }

        mutating func restart(after duration: Duration) async throws {
            #expect(await exporter.program.end().status == 0)
            try time.sleep(duration)
            exporter = try await ExporterProcess(baseURL: api.baseURL, storage: folder.path, in: time)
        }

        var now: Timestamp {
            get throws { Timestamp(seconds: Int64(try time.time)) }
        }

        /// Waits for a poll that begins and ends after this moment.
        func poll() async throws -> Samples {
            let before = try await exporter.scrape()
            return try await exporter.scrape(when: "a poll has ended") {
                $0[TruthTests.polls] ?? 0 >= (before[TruthTests.polls] ?? 0) + 2
            }
        }
    }

    @Test("an operation that is scheduled ten days ahead stays in the gauges, and its messages count")
    func scheduledFarAhead() async throws {
        var small = try await Small()
        var entry = SmallAPI.Entry(
            id: "far", created: try small.now, status: "SCHEDULED", stats: #""total": 10, "scheduled": 10"#)
        small.api.put(entry)
        _ = try await small.exporter.scrape(when: "it is seen") { $0[Self.scheduled] == 1 }
        for _ in 0..<3 {
            try small.time.sleep(TimeTests.day * 3)
            #expect(try await small.poll()[Self.scheduled] == 1)
        }
        try await small.restart(after: TimeTests.day)
        (entry.status, entry.stats) = ("COMPLETED", #""total": 10, "sent": 10"#)
        small.api.put(entry)
        // Such operations are asked for once a minute.
        _ = try await small.poll()
        try small.time.sleep(.seconds(120))
        let samples = try await small.exporter.scrape(when: "it is counted") { $0[Self.sent] == 10 }
        #expect(samples[series("messages_total")] == 10)
        #expect(samples[Self.scheduled] == 0)
        #expect(samples[Self.expired] == 0)
        #expect(await small.exporter.program.end().status == 0)
    }

    @Test("an operation that the API has forgotten after a day leaves the gauges within two weeks' lists")
    func forgotten() async throws {
        let small = try await Small()
        var entry = SmallAPI.Entry(id: "lost", created: try small.now, stats: #""total": 10, "queued": 4, "sent": 6"#)
        small.api.put(entry)
        _ = try await small.exporter.scrape(when: "it is seen") { $0[Self.processing] == 1 }
        try small.time.sleep(TimeTests.day)
        entry.isKnown = false
        small.api.put(entry)
        for _ in 0..<3 {
            _ = try await small.poll()
            try small.time.sleep(.seconds(1801))
        }
        let samples = try await small.exporter.scrape(when: "it has expired") { $0[Self.expired] == 1 }
        #expect(samples[Self.processing] == 0)
        #expect(samples[Self.sent] == 6)
        entry.isKnown = true
        small.api.put(entry)
        let back = try await small.exporter.scrape(when: "it is back") { $0[Self.processing] == 1 }
        #expect(back[Self.sent] == 6)
        #expect(back[series("messages_total")] == 10)
        #expect(await small.exporter.program.end().status == 0)
    }

    @Test("days that could not be listed until they had aged out are in the gap, though they are listed empty then")
    func agedSlices() async throws {
        var small = try await Small()
        let start = ContinuousClock.now
        small.api.fail(before: TimeTests.day + .seconds(60))
        try await small.restart(after: TimeTests.day * 3)
        #expect(try await small.poll()[FaultTests.up] == 0)
        try small.time.sleep(TimeTests.day * 8)
        small.api.fail(before: nil)
        let samples = try await small.exporter.scrape(when: "all is listed") { $0[FaultTests.up] == 1 }
        // Two days that always failed, and one of the sleep.
        let tolerance = (ContinuousClock.now - start) / .seconds(1) + 5
        #expect(abs((samples[TimeTests.gap] ?? 0) - 3 * 86_400) <= tolerance, "\(samples[TimeTests.gap] ?? 0)")
        #expect(await small.exporter.program.end().status == 0)
    }
}
