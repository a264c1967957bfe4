import Foundation
import TestSupport
import Testing

/// What the built exporter does in a folder it may not write to, run as somebody to whom permissions apply.
@Suite(.fewAtATime, .enabled("setpriv and a program that nobody may run are there") { await Unprivileged.works })
struct PermissionTests {
    let folder: TemporaryFolder
    let data: String

    init() throws {
        folder = try TemporaryFolder()
        data = folder.path + "/data"
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: false)
        if Unprivileged.isNeeded { #expect(chown(data, Unprivileged.id, Unprivileged.id) == 0) }
    }

    /// Lets nobody write into the folder, or its owner again.
    private func allowWriting(_ isAllowed: Bool) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: data) {
            #expect(chmod(data + "/" + name, isAllowed ? 0o600 : 0o400) == 0)
        }
        #expect(chmod(data, isAllowed ? 0o700 : 0o500) == 0)
    }

    private func start(_ simulator: SimulatorProcess) async throws -> ExporterProcess {
        try await ExporterProcess(
            path: Unprivileged.command[0], Unprivileged.command.dropFirst() + [Unprivileged.exporter],
            baseURL: simulator.baseURL, storage: data)
    }

    /// Starts the exporter where it cannot run; returns what it says and exits with.
    private func refusal(_ simulator: SimulatorProcess) async throws -> (status: Int32, lines: [Substring]) {
        let end = try await ExporterProcess.start(
            path: Unprivileged.command[0], Unprivileged.command.dropFirst() + [Unprivileged.exporter],
            baseURL: simulator.baseURL, storage: data
        ).wait()
        return (end.status, end.errors.split(separator: "\n"))
    }

    @Test("a folder it may not write to is one line that names it, and status 1")
    func readOnlyAtStart() async throws {
        let simulator = try await SimulatorProcess(["--rate=300", "--pace=120", "--history=0"])
        try allowWriting(false)
        defer { try? allowWriting(true) }
        let refused = try await refusal(simulator)
        #expect(refused.status == 1)
        #expect(refused.lines.count == 1, "\(refused.lines)")
        let message = "cannot run: cannot use the ledger \(data)/default.messages.db: Permission denied; "
        #expect(refused.lines.first?.contains(message) == true, "\(refused.lines)")
    }

    @Test("permission that is lost while it runs stops nothing but the next start, and no counter steps back")
    func lostWhileRunning() async throws {
        let simulator = try await SimulatorProcess(["--rate=300", "--pace=120", "--history=0"])
        var exporter = try await start(simulator)
        let before = try await exporter.scrape(when: "operations come and are read") {
            $0[FaultTests.up] == 1 && $0[TruthTests.read] ?? 0 > 0
        }
        try allowWriting(false)
        defer { try? allowWriting(true) }
        // Its files are open, and permission is asked for where a file is opened.
        let later = try await exporter.scrape(when: "more operations come") {
            $0[TruthTests.seen] ?? 0 >= (before[TruthTests.seen] ?? 0) + 15
        }
        #expect(later[StorageFaultTests.ledgerFailures] == 0)
        await exporter.program.end(SIGKILL)
        let refused = try await refusal(simulator)
        #expect(refused.status == 1)
        #expect(refused.lines.count == 1, "\(refused.lines)")

        try allowWriting(true)
        try await simulator.set("frozen=true")
        exporter = try await start(simulator)
        try await exporter.scrape().expectNoStepBack(from: later)
        let settled = try await exporter.scrape(when: "the week is listed") { $0[TruthTests.week] ?? 0 > 0 }
        try await settled.expectTruth(of: simulator)
        #expect(await exporter.program.end().status == 0)
    }
}
