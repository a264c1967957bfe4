import HTTPServer
import Operations
import TestSupport
import Testing

/// What the built exporter does while the API fails for what was created in some days, and for nothing else.
@Suite(.fewAtATime) struct DeadSliceTests {
    private static let speed = 40
    /// All but `week`, which lists the dead days.
    private static let others = ["recent", "active", "pending", "day"]

    private func time(of sweep: String) -> String {
        series("sweep_last_success_timestamp_seconds", "sweep=\"\(sweep)\"")
    }

    /// Whether a request lists a day that holds this moment. The lists of one status have no end.
    private static func lists(_ moment: Timestamp, _ request: ServerRequest) -> Bool {
        guard let start = request.query("startDate").flatMap({ Timestamp(rfc3339: $0) }),
            let end = request.query("endDate").flatMap({ Timestamp(rfc3339: $0) })
        else { return false }
        return start < moment && moment < end
    }

    @Test(
        "days that are never listed cost no other day and no other sweep anything, and are seen to fail",
        arguments: [
            (UpstreamFault.statuses[0], [2.5]), (UpstreamFault.statuses[2], [2.5, 4.5, 5.5]),
            (UpstreamFault.connections[0], [1.5, 2.5, 4.5, 5.5]), (UpstreamFault.hangs[0], [3.5]),
        ])
    func deadDays(fault: UpstreamFault, ages: [Double]) async throws {
        // So slow that operations a day old have nothing to come, and that many younger ones have.
        let api = try FaultyAPI(rate: 6, pace: 2, history: .seconds(6 * 86_400), historyRate: 20, speed: Self.speed)
        let now = Timestamp.wallClock()
        let day = { @Sendable (age: Double) in now - .seconds(age * 86_400) }
        var fault = fault
        fault.hits = { request in ages.contains { Self.lists(day($0), request) } }
        api.fail(with: fault)
        let time = try TimeWarp(rate: Int64(Self.speed))
        let exporter = try await ExporterProcess(
            baseURL: api.baseURL, storage: ":memory:", interval: "30s", in: time)

        var samples = try await exporter.scrape(when: "the other sweeps succeed") { samples in
            Self.others.allSatisfy { samples[self.time(of: $0)] ?? 0 > 0 }
        }
        samples = try await nextDay(exporter, after: samples)
        api.freeze(true)
        let failed = series("poll_failures_total", "reason=\"\(fault.reason)\"")
        let failures = samples[failed] ?? 0
        // The first may have begun before.
        for _ in 0..<2 { samples = try await nextDay(exporter, after: samples) }
        #expect(samples[failed] ?? 0 > failures)
        #expect(samples[series("operations_seen_total")] ?? 0 > 0)
        api.expectTrueCounters(samples, "with dead days")
        #expect(samples[self.time(of: "week")] == 0)
        for age in [1.5, 2.5, 3.5, 4.5, 5.5] {
            let isListed = api.answered.contains { Self.lists(day(age), $0) }
            #expect(isListed == !ages.contains(age), "\(age) days ago")
        }
        // A poll that runs late may have left the dead days to the next one.
        _ = try await exporter.scrape(when: "a poll fails again") { $0[series("up")] == 0 }

        api.fail(with: nil)
        samples = try await exporter.scrape(when: "the whole week is listed") { samples in
            samples[series("up")] == 1 && samples[self.time(of: "week")] ?? 0 > 0
        }
        api.expectTruth(samples, "at the end")
        #expect(await exporter.program.end().status == 0)
    }

    /// Waits for the next success of every other sweep, the rarest of which is `day`.
    private func nextDay(_ exporter: ExporterProcess, after last: Samples) async throws -> Samples {
        try await exporter.scrape(when: "the other sweeps succeed again") { samples in
            Self.others.allSatisfy {
                samples[self.time(of: $0)] ?? 0 > last[self.time(of: $0)] ?? 0
            }
        }
    }
}
