import Foundation
import Operations
import TestSupport
import Testing

/// What the built exporter does while its disk does not do its part.
@Suite(.fewAtATime) struct StorageFaultTests {
    static let ledgerFailures = FaultTests.failures("ledger")

    /// An API whose operations are all inside a `recent` sweep, so that each poll is complete.
    private func simulator() async throws -> SimulatorProcess {
        try await SimulatorProcess(["--rate=300", "--pace=120", "--history=0"])
    }

    @Test(
        "while the disk fails the last committed numbers are served, one line says so, and the next poll after it is right",
        arguments: DiskWarp.Fault.errors)
    func disk(fault: DiskWarp.Fault) async throws {
        let disk = try DiskWarp()
        let simulator = try await simulator()
        let exporter = try await ExporterProcess(
            baseURL: simulator.baseURL, storage: disk.folder, environment: disk.environment)
        let before = try await exporter.scrape(when: "operations come and are read") {
            $0[FaultTests.up] == 1 && $0[TruthTests.read] ?? 0 > 0
        }
        #expect(before[Self.ledgerFailures] == 0)

        try disk.fail(fault)
        let first = try await exporter.scrape(when: "a poll failed") { $0[Self.ledgerFailures] ?? 0 >= 1 }
        first.expectNoStepBack(from: before)
        try await outlast(exporter, simulator, storage: disk.folder, since: first) { try disk.fail(.none) }
    }

    @Test(
        "an exporter that is started while its disk fails serves what was committed, and one without a ledger says one line",
        arguments: DiskWarp.Fault.errors)
    func start(fault: DiskWarp.Fault) async throws {
        let disk = try DiskWarp()
        let simulator = try await simulator()
        let start = {
            try await ExporterProcess(
                baseURL: simulator.baseURL, storage: disk.folder, environment: disk.environment)
        }
        try disk.fail(fault)
        let (status, _, errors) = try await ExporterProcess.start(
            baseURL: simulator.baseURL, storage: disk.folder, environment: disk.environment
        ).wait()
        #expect(status == 1)
        #expect(errors.split(separator: "\n").count == 1, "\(errors)")
        #expect(errors.contains("cannot run: cannot use the ledger \(disk.folder)/default.messages.db: "), "\(errors)")

        try disk.fail(.none)
        let killed = try await start()
        let before = try await killed.scrape(when: "operations come and are read") {
            $0[FaultTests.up] == 1 && $0[TruthTests.read] ?? 0 > 0
        }
        await killed.program.end(SIGKILL)
        try disk.fail(fault)
        let exporter = try await start()
        let first = try await exporter.scrape(when: "a poll failed") { $0[Self.ledgerFailures] ?? 0 >= 1 }
        first.expectNoStepBack(from: before)
        try await outlast(exporter, simulator, storage: disk.folder, since: first) { try disk.fail(.none) }
    }

    @Test(
        "a full file system is such a fault until there is space again",
        .enabled("this machine lets tests mount a file system") { await SmallFileSystem.works })
    func fullFileSystem() async throws {
        let fileSystem = try await SmallFileSystem(bytes: 400_000)
        let simulator = try await simulator()
        let exporter = try await ExporterProcess(baseURL: simulator.baseURL, storage: fileSystem.path)
        let first = try await exporter.scrape(when: "the disk is full") { $0[Self.ledgerFailures] ?? 0 >= 1 }
        #expect(first[TruthTests.seen] ?? 0 > 0)
        try await outlast(exporter, simulator, storage: fileSystem.path, since: first) {
            try await fileSystem.grow(to: 64 << 20)
        }
    }

    /// Expects that an exporter serves what it had committed at the first failure for as long as the fault lasts, and that
    /// its polls are right as soon as the fault has been mended.
    private func outlast(
        _ exporter: ExporterProcess, _ simulator: SimulatorProcess, storage: String, since first: Samples,
        mend: () async throws -> Void
    ) async throws {
        let later = try await exporter.scrape(when: "more polls failed") {
            $0[Self.ledgerFailures] ?? 0 >= (first[Self.ledgerFailures] ?? 0) + 3
        }
        #expect(later[FaultTests.up] == 0)
        #expect(later.committed == first.committed)
        #expect(try await exporter.get("/-/healthy").status == 200)
        let errors = { exporter.program.standardError.split(separator: "\n").filter { $0.contains("level=error") } }
        #expect(errors().count == 1, "\(errors())")
        #expect(errors().first?.contains("level=error msg=\"poll failed: cannot use the ledger \(storage)") == true)

        try await simulator.set("frozen=true")
        try await mend()
        let last = try await exporter.scrape()
        // One poll may be under way.
        let mended = try await exporter.scrape(when: "two more polls are done") {
            $0[TruthTests.polls] ?? 0 >= (last[TruthTests.polls] ?? 0) + 2
        }
        #expect(mended[FaultTests.up] == 1)
        #expect(mended[Self.ledgerFailures] ?? 0 <= (last[Self.ledgerFailures] ?? 0) + 1)
        try await mended.expectTruth(of: simulator)
        #expect(errors().count == 1, "\(errors())")
        #expect(await exporter.program.end().status == 0)
    }
}

extension Samples {
    /// What the ledger's state shows: its counters, and the window.
    var committed: [String: Double] {
        bySeries.filter { $0.key.contains("_window_") || $0.key.contains("twilio_comms_ledger_") }
            .merging(ledgerCounters) { $1 }
    }
}
