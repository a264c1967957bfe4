import Glibc
import Operations
import TestSupport
import Testing

/// The exporter is killed again and again, whatever it is doing.
///
/// `SOAK_KILLS` sets how often, in each reading.
@Suite(.fewAtATime) struct KillTests {
    static let kills = setting("SOAK_KILLS") ?? 100

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
            let exporter = try await ExporterProcess(baseURL: simulator.baseURL, storage: folder.path)
            // Most of a life is its first poll, which lists the week; a few see the next ones.
            let death = ContinuousClock.now + .milliseconds(Int.random(in: 0...(kill % 10 == 0 ? 2500 : 300)))
            var polls: Double?
            repeat {
                let exposition = try await exporter.get("/metrics").text
                highWater.rise(with: exposition, "before kill \(kill)")
                polls = Samples(exposition)[TruthTests.polls]
            } while ContinuousClock.now < death
            if polls == 0 { inFirstPoll += 1 }
            let end = await exporter.program.end(SIGKILL)
            #expect(!end.errors.contains("level=error"), "\(end.errors)")
        }
        #expect(highWater.highest.count == 43)
        print("\(reading): \(Self.kills) kills, \(inFirstPoll) of them in a first poll")
        try await simulator.set("frozen=true")
        let exporter = try await ExporterProcess(baseURL: simulator.baseURL, storage: folder.path)
        let settled = try await exporter.scrape(when: "the week is listed") { $0[TruthTests.week] ?? 0 > 0 }
        highWater.rise(with: try await exporter.get("/metrics").text, "in the end")
        let birth = Timestamp(milliseconds: Int64((settled[TruthTests.birth] ?? 0) * 1000))
        try await settled.expectTruth(of: simulator, birth: birth.description)
        #expect(settled[DamagedLedgerTests.recoveries] == 0)
        #expect(await exporter.program.end().status == 0)
    }
}
