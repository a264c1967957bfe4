import Foundation
import Operations
import SQLite
import TestSupport
import Testing

/// Two built exporters that find one ledger: one of them writes it, and in the end it holds every operation once.
@Suite(.fewAtATime) struct TwoExportersTests {
    static let file = "/default.messages.db"

    private func simulator() async throws -> SimulatorProcess {
        try await SimulatorProcess(["--rate=300", "--pace=120", "--history=0"])
    }

    /// A way in which a second exporter finds the ledger of a first one past its lock; returns the second one's folder.
    struct Way: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let open: @Sendable (String, TemporaryFolder) async throws -> String
    }

    static let ways = [
        Way(testDescription: "the lock file was deleted") { folder, _ in
            try FileManager.default.removeItem(atPath: folder + file + ".lock")
            return folder
        },
        Way(testDescription: "a symbolic link to the file") { folder, other in
            try FileManager.default.createSymbolicLink(
                atPath: other.path + file, withDestinationPath: folder + file)
            return other.path
        },
        Way(testDescription: "a hard link to the file") { folder, other in
            try FileManager.default.linkItem(atPath: folder + file, toPath: other.path + file)
            return other.path
        },
    ]

    @Test("a second exporter that gets past the lock is refused with one line, and the first goes on", arguments: ways)
    func refused(way: Way) async throws {
        let (folder, other) = (try TemporaryFolder(), try TemporaryFolder())
        let simulator = try await simulator()
        let first = try await ExporterProcess(baseURL: simulator.baseURL, storage: folder.path)
        _ = try await first.scrape(when: "operations are read") { $0[TruthTests.read] ?? 0 > 0 }
        try await expectRefusal(in: try await way.open(folder.path, other), of: simulator)
        try await expectTruth(of: simulator, from: first)
        #expect(await first.program.end().status == 0)
    }

    @Test(
        "so is one that has the folder, or the file alone, mounted elsewhere",
        .enabled("this machine lets tests mount a file system") { await SmallFileSystem.works }, arguments: ["", file])
    func mounted(what: String) async throws {
        let (folder, other) = (try TemporaryFolder(), try TemporaryFolder())
        let simulator = try await simulator()
        let first = try await ExporterProcess(baseURL: simulator.baseURL, storage: folder.path)
        _ = try await first.scrape(when: "operations are read") { $0[TruthTests.read] ?? 0 > 0 }
        if !what.isEmpty { try Data().write(to: URL(fileURLWithPath: other.path + what)) }
        let mount = try await Program(
            path: "/bin/mount", ["--bind", folder.path + what, other.path + what]
        ).wait()
        #expect(mount.status == 0)
        defer { umount2(other.path + what, Int32(MNT_DETACH)) }
        try await expectRefusal(in: other.path, of: simulator)
        try await expectTruth(of: simulator, from: first)
        #expect(await first.program.end().status == 0)
    }

    @Test(
        "where locks say nothing one of the two notices at its next commit, says so in one line, and writes no more",
        arguments: [false, true])
    func noLocks(lockFileIsDeleted: Bool) async throws {
        let disk = try DiskWarp()
        let environment = disk.environment.merging(["DISKWARP_LOCKS": "none"]) { $1 }
        let simulator = try await simulator()
        let start = {
            try await ExporterProcess(baseURL: simulator.baseURL, storage: disk.folder, environment: environment)
        }
        let first = try await start()
        _ = try await first.scrape(when: "operations are read") { $0[TruthTests.read] ?? 0 > 0 }
        if lockFileIsDeleted { try FileManager.default.removeItem(atPath: disk.folder + Self.file + ".lock") }
        let second = try await start()
        let lost = try await first.scrape(when: "the first has noticed") {
            $0[StorageFaultTests.ledgerFailures] ?? 0 >= 1
        }
        let later = try await first.scrape(when: "two more polls have failed") {
            $0[StorageFaultTests.ledgerFailures] ?? 0 >= (lost[StorageFaultTests.ledgerFailures] ?? 0) + 2
        }
        #expect(later[FaultTests.up] == 0)
        #expect(later.committed == lost.committed)
        let lines = first.program.standardError.split(separator: "\n").filter { $0.contains("level=error") }
        #expect(lines.count == 1, "\(lines)")
        #expect(
            lines.first?.contains("poll failed: nothing is written to the ledger \(disk.folder)\(Self.file) any more: ")
                == true)
        #expect(lines.first?.contains("; see that one exporter alone uses it, then restart this one") == true)
        try await expectTruth(of: simulator, from: second)
        #expect(await second.program.end().status == 0)
        #expect(await first.program.end().status == 0)
        // The file says what the second one showed, whatever the first still held.
        let alone = try await ExporterProcess(baseURL: simulator.baseURL, storage: disk.folder)
        try await expectTruth(of: simulator, from: alone)
        #expect(await alone.program.end().status == 0)
    }

    @Test("an exporter whose ledger another file has taken the place of shows its numbers, and touches neither")
    func replaced() async throws {
        let folder = try TemporaryFolder()
        let simulator = try await simulator()
        let exporter = try await ExporterProcess(baseURL: simulator.baseURL, storage: folder.path)
        _ = try await exporter.scrape(when: "operations are read") { $0[TruthTests.read] ?? 0 > 0 }
        try "something else".write(toFile: folder.path + Self.file, atomically: true, encoding: .utf8)
        let lost = try await exporter.scrape(when: "it has noticed") {
            $0[StorageFaultTests.ledgerFailures] ?? 0 >= 1
        }
        #expect(lost[FaultTests.up] == 0 && lost[TruthTests.read] ?? 0 > 0)
        let end = await exporter.program.end()
        #expect(end.status == 0)
        #expect(end.errors.contains(": another file has taken its place; "), "\(end.errors)")
        #expect(try String(contentsOfFile: folder.path + Self.file, encoding: .utf8) == "something else")
    }

    private func expectRefusal(in folder: String, of simulator: SimulatorProcess) async throws {
        let (status, _, errors) = try await ExporterProcess.start(
            baseURL: simulator.baseURL, storage: folder
        ).wait()
        #expect(status == 1)
        #expect(errors.split(separator: "\n").count == 1, "\(errors)")
        #expect(
            errors.contains(
                "cannot run: the ledger \(folder)\(Self.file) is in use by another process; stop that one or choose another"
                    + " --storage.path"), "\(errors)")
    }

    /// Stops the simulator's clock, and waits until the exporter shows what there is.
    private func expectTruth(of simulator: SimulatorProcess, from exporter: ExporterProcess) async throws {
        try await simulator.set("frozen=true")
        let last = try await exporter.scrape()
        let settled = try await exporter.scrape(when: "two more polls are done") {
            $0[TruthTests.polls] ?? 0 >= (last[TruthTests.polls] ?? 0) + 2
        }
        #expect(settled[FaultTests.up] == 1)
        try await settled.expectTruth(of: simulator)
    }
}
