import Foundation
import Operations
import TestSupport
import Testing

/// The power of the built exporter's machine fails: what it goes on with is what its disk had been made to keep.
///
/// `SOAK_POWER_CUTS` sets how often.
@Suite(.fewAtATime) struct PowerLossTests {
    static let cuts = setting("SOAK_POWER_CUTS") ?? 16

    /// A scrape, and how long the trace of the disk was when it had been answered.
    private struct Scrape {
        let samples: Samples
        let traceLength: Int
    }

    @Test("after a power cut no counter is below what was scraped before it, and in the end all are the truth")
    func powerLoss() async throws {
        let disk = try DiskWarp()
        // Nothing is older than the ledger: what an operation gains before it is first seen is counted of younger ones only,
        // and a cut may put that off.
        let simulator = try await SimulatorProcess(["--rate=0", "--pace=120", "--history=0"])
        let scrapes = try await live(simulator, disk)
        try await simulator.set("frozen=true")
        let birth = scrapes.last?.samples[TruthTests.birth] ?? 0
        let trace = try disk.trace()
        #expect(trace.count > 150)
        // The first operations make the folder and the ledger.
        let early = (0..<Self.cuts / 3).map { _ in Int.random(in: 0...100) }
        let late = (0..<Self.cuts - early.count).map { _ in Int.random(in: 0...trace.count) }
        var model = (disk: Disk(), done: 0)
        var (seen, highWater, isBorn) = (0, HighWater(), false)
        for (number, place) in (early + late).sorted().enumerated() {
            while model.done < place {
                model.disk.apply(trace[model.done].operation)
                model.done += 1
            }
            let length = place == 0 ? 0 : trace[place - 1].end
            while seen < scrapes.count, scrapes[seen].traceLength <= length {
                highWater.rise(with: scrapes[seen].samples, "before any cut")
                isBorn = isBorn || scrapes[seen].samples[TruthTests.birth] ?? 0 > 0
                seen += 1
            }
            var random = SystemRandomNumberGenerator()
            let cut = PowerCut.allCases[number % PowerCut.allCases.count]
            let image = model.disk.image(cut, using: &random)
            try await goOn(
                with: image, simulator, highWater, isBorn ? birth : nil,
                "\(cut) after \(place) of \(trace.count) operations")
        }
    }

    /// Lets an exporter live on a disk, through a kill and a clean end.
    private func live(_ simulator: SimulatorProcess, _ disk: DiskWarp) async throws -> [Scrape] {
        var scrapes: [Scrape] = []
        for (operations, signal) in [(30.0, SIGKILL), (60, SIGTERM), (90, SIGKILL)] {
            let exporter = try await ExporterProcess(
                baseURL: simulator.baseURL, storage: disk.folder + "/data",
                environment: disk.tracedEnvironment)
            _ = try await exporter.scrape(when: "the ledger is born") { $0[TruthTests.birth] ?? 0 > 0 }
            try await simulator.set("rate=600")
            _ = try await eventually("operations come") { () -> Bool? in
                let samples = try await exporter.scrape()
                scrapes.append(Scrape(samples: samples, traceLength: try disk.traceLength))
                return samples[TruthTests.seen] ?? 0 >= operations ? true : nil
            }
            await exporter.program.end(signal)
        }
        return scrapes
    }

    /// Starts an exporter on what a power cut has left.
    private func goOn(
        with image: [String: [UInt8]], _ simulator: SimulatorProcess, _ highWater: HighWater, _ birth: Double?,
        _ when: String
    ) async throws {
        let folder = try TemporaryFolder()
        for (path, bytes) in image {
            let url = URL(fileURLWithPath: folder.path + "/" + path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: url)
        }
        var highWater = highWater
        let exporter = try await ExporterProcess(baseURL: simulator.baseURL, storage: folder.path + "/data")
        highWater.rise(with: try await exporter.scrape(), when)
        let settled = try await exporter.scrape(when: "the week is listed") { $0[TruthTests.week] ?? 0 > 0 }
        highWater.rise(with: try await exporter.scrape(), "in the end of \(when)")
        // A ledger that was lost before anybody had seen it is born now, when all operations are older.
        #expect(birth == nil || settled[TruthTests.birth] == birth, "\(when)")
        if birth != nil { try await settled.expectTruth(of: simulator) }
        #expect(settled[DamagedLedgerTests.recoveries] == 0, "\(when)")
        let end = await exporter.program.end(SIGKILL)
        #expect(!end.errors.contains("level=error"), "\(when): \(end.errors)")
    }
}
