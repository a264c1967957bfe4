import Operations
import TestSupport
import Testing

/// The exporter and the simulator, each with clocks of its own.
final class TimeScene {
    let (time, apiTime): (TimeWarp, TimeWarp)
    let simulator: SimulatorProcess
    let folder: TemporaryFolder
    private(set) var exporter: ExporterProcess

    /// Starts with two days of history, the clocks as far ahead as is said, and the simulator with these settings.
    init(
        ahead: Duration = .zero, apiAhead: Duration = .zero, settings: String? = nil, rates: [String] = ordinaryRates
    ) async throws {
        (time, apiTime, folder) = (try TimeWarp(), try TimeWarp(), try TemporaryFolder())
        try time.setWallClock(ahead: ahead)
        try apiTime.setWallClock(ahead: apiAhead)
        simulator = try await SimulatorProcess(rates, in: apiTime)
        if let settings { try await simulator.set(settings) }
        exporter = try await Self.exporter(simulator, folder, time)
    }

    static let ordinaryRates = ["--rate=900", "--pace=120", "--history=2d", "--history-rate=20"]

    private static func exporter(
        _ simulator: SimulatorProcess, _ folder: TemporaryFolder, _ time: TimeWarp
    ) async throws -> ExporterProcess {
        try await ExporterProcess(
            baseURL: simulator.baseURL, storage: folder.path, in: time)
    }

    func stop() async {
        #expect(await exporter.program.end().status == 0)
    }

    func start() async throws {
        exporter = try await Self.exporter(simulator, folder, time)
    }

    /// Both machines sleep.
    func sleep(_ duration: Duration) throws {
        try apiTime.sleep(duration)
        try time.sleep(duration)
    }

    /// Waits for a poll that begins after this moment.
    func poll() async throws -> Samples {
        let before = try await exporter.scrape()
        return try await exporter.scrape(when: "a poll has ended") {
            $0[TruthTests.polls] ?? 0 >= (before[TruthTests.polls] ?? 0) + 2
        }
    }

    /// Waits until an exporter that has just been started has listed the week.
    func week() async throws -> Samples {
        try await exporter.scrape(when: "the week is listed") {
            $0[FaultTests.up] == 1 && $0[TruthTests.week] ?? 0 != 0
        }
    }

    func restart() async throws {
        await stop()
        try await start()
    }

    /// Waits until a poll that began after this moment has succeeded, and operations of after this moment are counted.
    func nextOperations() async throws -> Samples {
        let before = try await exporter.scrape()
        return try await exporter.scrape(when: "new operations are counted") {
            $0[FaultTests.up] == 1 && $0[TruthTests.week] ?? 0 != 0
                && $0[TruthTests.polls] ?? 0 >= (before[TruthTests.polls] ?? 0) + 2
                && $0[TruthTests.seen] ?? 0 >= (before[TruthTests.seen] ?? 0) + 15
        }
    }

    /// The samples of an exporter that starts anew in a world that stands still.
    func settled() async throws -> Samples {
        try await simulator.set("frozen=true")
        try await restart()
        return try await week()
    }

    func expectTruth() async throws {
        let settled = try await settled()
        try await settled.expectTruth(of: simulator)
        #expect(settled[TruthTests.seen] ?? 0 >= 15)
        #expect(settled[TimeTests.gap] == 0)
    }
}
