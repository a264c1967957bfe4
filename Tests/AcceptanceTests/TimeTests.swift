import Glibc
import Operations
import TestSupport
import Testing

/// The built exporter where its clock is wrong, steps, or has slept: its counters are the truth all the same.
@Suite(.fewAtATime) struct TimeTests {
    static let gap = series("coverage_gap_seconds_total")
    static let skew = series("api_clock_skew_seconds")
    static let lastSuccess = series("last_successful_poll_timestamp_seconds")
    static let day = Duration.seconds(86_400)

    @Test(
        "a clock that is hours or years off changes no counter, nor where it is mended between two starts",
        arguments: [-3 * 3600, 3 * 3600, -5 * 365 * 86_400, 5 * 365 * 86_400])
    func wrongClock(seconds: Int) async throws {
        let scene = try await TimeScene(ahead: .seconds(seconds))
        let wrong = try await scene.nextOperations()
        #expect(abs((wrong[Self.skew] ?? 0) + Double(seconds)) < 20)
        // A birth that was in doubt may have moved, and a start must not.
        let start = try start(of: scene.exporter)
        #expect(start == nil || start == wrong[TruthTests.birth])
        try scene.time.setWallClock(ahead: .zero)
        try await scene.restart()
        let right = try await scene.nextOperations()
        right.expectNoStepBack(from: wrong)
        #expect(try self.start(of: scene.exporter) == wrong[TruthTests.birth])
        #expect(abs(right[Self.skew] ?? .infinity) < 20)
        try scene.time.setWallClock(ahead: .seconds(-seconds))
        try await scene.expectTruth()
    }

    /// When the ledger's counters began, in OpenMetrics.
    private func start(of exporter: ExporterProcess) throws -> Double? {
        let accept = "application/openmetrics-text;version=1.0.0"
        let answer = try AcceptanceTests.scrape(port: exporter.port, [("Accept", accept)])
        #expect(answer.body.contains("twilio_comms_polls_created{"))
        return Samples(answer.body)[series("messages_created")]
    }

    @Test("an API that lives in another year is believed")
    func otherYear() async throws {
        let scene = try await TimeScene(apiAhead: .seconds(5 * 365 * 86_400))
        let samples = try await scene.nextOperations()
        #expect(abs((samples[Self.skew] ?? 0) - 5 * 365 * 86_400) < 20)
        try await scene.expectTruth()
    }

    @Test("an API that never says what time it is has the time of this machine")
    func noDate() async throws {
        let soon = Timestamp.wallClock() + .seconds(30)
        let page = SeedSample.pageCreatedLater.replacing("2024-04-20T16:00:30Z", with: soon.description)
            .replacing("2024-04-20T15:30:00Z", with: soon.description)
        let api = try ScriptedPeer(
            ScriptedPeer.Answer("HTTP/1.1 200 OK\r\nContent-Length: \(page.utf8.count)\r\n\r\n\(page)", then: .keepOpen)
        )
        let exporter = try await ExporterProcess(baseURL: api.url, storage: ":memory:")
        let samples = try await exporter.scrape(when: "two polls succeeded") {
            $0[FaultTests.up] == 1 && $0[TruthTests.polls] ?? 0 >= 2
        }
        // An operation from the future says that the time at birth was wrong.
        #expect(samples[series("messages_total")] == 0)
        #expect(samples[Self.skew] == 0)
        #expect(abs((samples[TruthTests.birth] ?? 0) - soon.seconds) <= 1)
        #expect(await exporter.program.end().status == 0)
    }

    @Test(
        "a clock that steps back and forth while it polls neither loses operations, nor counts them twice, nor delays polls"
    )
    func steppingClock() async throws {
        let scene = try await TimeScene()
        var last = try await scene.nextOperations()
        for seconds in [90, -90, 2 * 3600, -26 * 3600, 5 * 365 * 86_400, -10 * 365 * 86_400, 0] {
            try scene.time.setWallClock(ahead: .seconds(seconds))
            let next = try await scene.nextOperations()
            next.expectNoStepBack(from: last)
            #expect(abs((next[Self.skew] ?? .infinity) + Double(seconds)) < 20)
            last = next
        }
        try await scene.expectTruth()
    }

    @Test("a machine that slept for a day catches up at once, with nothing lost")
    func slept() async throws {
        let scene = try await TimeScene()
        _ = try await scene.nextOperations()
        // An operation a minute meanwhile.
        try await scene.simulator.set("rate=1")
        let before = try await scene.exporter.scrape()
        try scene.sleep(Self.day)
        let after = try await scene.exporter.scrape(when: "the day is counted") {
            $0[TruthTests.seen] ?? 0 > (before[TruthTests.seen] ?? 0) + 1000 && $0[FaultTests.up] == 1
        }
        after.expectNoStepBack(from: before)
        try await scene.expectTruth()
    }

    @Test(
        "what was created and aged out while nobody looked is in the gap, and what comes after is counted in full",
        arguments: ["asleep", "down"])
    func beyondRetention(how: String) async throws {
        let scene = try await TimeScene()
        var last = try await scene.nextOperations()
        // Nothing is created while nobody looks, so that the simulator knows what must be counted afterwards.
        try await scene.simulator.set("rate=0")
        for (days, lost) in [(9, 2.0), (3, 0.0), (8, 1.0)] {
            let start = ContinuousClock.now
            last = try await scene.exporter.scrape(when: "a poll succeeded") { $0[FaultTests.up] == 1 }
            if how == "down" { await scene.stop() }
            try scene.sleep(Self.day * days)
            if how == "down" { try await scene.start() }
            let woken = try scene.time.time
            let next = try await scene.exporter.scrape(when: "a poll has succeeded since") {
                $0[FaultTests.up] == 1 && $0[Self.lastSuccess] ?? 0 >= woken && $0[TruthTests.week] ?? 0 >= woken
            }
            next.expectNoStepBack(from: last)
            let grown = (next[Self.gap] ?? 0) - (last[Self.gap] ?? 0)
            // From the last poll before to the first one after, some seconds pass besides.
            let tolerance = (ContinuousClock.now - start) / .seconds(1) + 2
            #expect(grown >= lost * 86_400 && grown <= lost * 86_400 + tolerance, "after \(days) days: \(grown)")
            last = next
        }
        try await expireAll(in: scene)
        last = try await scene.exporter.scrape()
        let since = Timestamp(milliseconds: Int64((last[Self.lastSuccess] ?? 0) * 1000)).description
        let baseline = (exposed: last, truth: try await scene.simulator.truth(birth: since))
        try await scene.simulator.set("rate=900")
        _ = try await scene.nextOperations()
        try await scene.settled().expectTruth(of: scene.simulator, birth: since, since: baseline)
    }

    /// Waits until what was unfinished and has left the API's lists meanwhile has been asked for, some of it an hour.
    private func expireAll(in scene: TimeScene) async throws {
        let unfinished = ["scheduled", "processing"].map { series("window_operations", "status=\"\($0)\"") }
        _ = try await eventually("all have been asked for") {
            try scene.sleep(.seconds(3600))
            _ = try await scene.poll()
            let samples = try await scene.exporter.scrape()
            return unfinished.allSatisfy { samples[$0] == 0 } ? true : nil
        }
    }
}
