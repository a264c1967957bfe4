import Glibc
import Operations
import TestSupport
import Testing

/// The exporter and the simulator, two processes: what the one exposes is what the other knows to be true.
@Suite(.fewAtATime) struct TruthTests {
    static let week =
        series("sweep_last_success_timestamp_seconds", #"sweep="week""#)
    static let polls = series("polls_total")
    static let seen = series("operations_seen_total")
    static let birth = series("ledger_birth_timestamp_seconds")
    static let read = series("message_outcomes_total", #"outcome="read""#)

    private func start(_ simulator: SimulatorProcess, _ folder: TemporaryFolder) async throws -> ExporterProcess {
        try await ExporterProcess(baseURL: simulator.baseURL, storage: folder.path)
    }

    @Test(
        "with history before birth, kill -9 and restarts, every counter and every gauge is the truth, in both readings",
        arguments: ["exclusive", "cumulative"])
    func truth(reading: String) async throws {
        let folder = try TemporaryFolder()
        // Six days of history: what ages out at the seventh would do so by the exporter's clock while the world stands.
        let simulator = try await SimulatorProcess([
            "--reading=\(reading)", "--rate=900", "--pace=120", "--history=6d", "--history-rate=20",
        ])
        var exporter = try await start(simulator, folder)
        var exposed = try await exporter.scrape(when: "the first week is listed") { $0[Self.week] ?? 0 > 0 }
        for _ in 0..<3 {
            let last = exposed
            exposed = try await exporter.scrape(when: "operations come and are read") {
                ($0[Self.seen] ?? 0) >= (last[Self.seen] ?? 0) + 15 && ($0[Self.read] ?? 0) > (last[Self.read] ?? 0)
            }
            await exporter.program.end(SIGKILL)
            exporter = try await start(simulator, folder)
            try await exporter.scrape().expectNoStepBack(from: exposed)
        }
        try await simulator.set("frozen=true")
        #expect(await exporter.program.end().status == 0)
        exporter = try await start(simulator, folder)
        let settled = try await exporter.scrape(when: "the week is listed again") { $0[Self.week] ?? 0 > 0 }
        try await settled.expectTruth(of: simulator)
        #expect(
            settled[series("stats_reading", "reading=\"\(reading)\"")] == 1)
        #expect(await exporter.program.end().status == 0)
    }
}
