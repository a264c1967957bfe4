import Glibc
import Operations
import TestSupport
import Testing

/// The exporter is killed again and again, whatever it is doing.
///
/// `SOAK_KILLS` sets how often, in each reading.
@Suite(.fewAtATime) struct KillTests {
    static let kills = setting("SOAK_KILLS") ?? 50

    @Test(
        "kills at random moments set no counter back, and in the end all are the truth",
        arguments: ["exclusive", "cumulative"])
    func kills(reading: String) async throws {
        let folder = try TemporaryFolder()
        let simulator = try await SimulatorProcess([
            "--reading=\(reading)", "--rate=600", "--pace=120", "--history=6d", "--history-rate=20",
        ])
        let first = try await ExporterProcess(baseURL: simulator.baseURL, storage: folder.path)
        // What an operation older than the ledger gains before it is first seen is not counted, so that has to be soon.
        _ = try await first.scrape(when: "the first week is listed") { $0[TruthTests.week] ?? 0 > 0 }
        await first.program.end(SIGKILL)
        var highWater = HighWater()
        var inFirstPoll = 0
        for kill in 1...Self.kills {
            if kill % 5 == 0 { try await killAtStart(simulator, folder) }
            let exporter = try await ExporterProcess(baseURL: simulator.baseURL, storage: folder.path)
            // Most of a life is its first poll, which lists the week; a few see the next ones.
            let death = ContinuousClock.now + .milliseconds(Int.random(in: 0...(kill % 10 == 0 ? 2500 : 300)))
            var polls: Double?
            repeat {
                let samples = try await exporter.scrape()
                highWater.rise(with: samples, "before kill \(kill)")
                polls = samples[TruthTests.polls]
            } while ContinuousClock.now < death
            if polls == 0 { inFirstPoll += 1 }
            let end = await exporter.program.end(SIGKILL)
            #expect(!end.errors.contains("level=error"), "\(end.errors)")
        }
        #expect(highWater.highest.count == 45)
        #expect(inFirstPoll > 0 && inFirstPoll < Self.kills)
        try await simulator.set("frozen=true")
        let exporter = try await ExporterProcess(baseURL: simulator.baseURL, storage: folder.path)
        let settled = try await exporter.scrape(when: "the week is listed") { $0[TruthTests.week] ?? 0 > 0 }
        highWater.rise(with: try await exporter.scrape(), "in the end")
        try await settled.expectTruth(of: simulator)
        #expect(settled[DamagedLedgerTests.recoveries] == 0)
        #expect(await exporter.program.end().status == 0)
    }

    /// Kills an exporter that may not have opened its ledger, and not have served anybody.
    private func killAtStart(_ simulator: SimulatorProcess, _ folder: TemporaryFolder) async throws {
        let starting = try ExporterProcess.start(baseURL: simulator.baseURL, storage: folder.path)
        let death = ContinuousClock.now + .milliseconds(Int.random(in: 0...150))
        while ContinuousClock.now < death { await Task.yield() }
        #expect(await starting.end(SIGKILL).status == SIGKILL)
    }
}
