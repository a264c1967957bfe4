import Foundation
import HTTPServer
import TestSupport
import Testing

/// The built exporter as a process: its descriptors, its signals, and what it leaves behind.
@Suite(.fewAtATime) struct ProcessTests {
    static let exporter = Program.path(of: "twilio-comms-exporter")

    /// Runs the exporter by a line of shell, in which it is `"$0" "$@"`.
    private func shell(
        _ line: String, _ arguments: [String], environment: [String: String] = ExporterProcess.credentials
    ) throws -> Program {
        try Program(path: "/bin/sh", ["-c", line, Self.exporter] + arguments, environment: environment)
    }

    /// A port that was free a moment ago: for an exporter whose log cannot be read.
    private func freePort() throws -> Int { Int(try SilentPort().port) }

    /// Sends SIGTERM and waits until the program is gone; throws where it outlasts the wait, as what hangs does.
    private func endHanging(_ program: Program) async throws -> (status: Int32, output: String, errors: String) {
        kill(program.processID, SIGTERM)
        _ = try await eventually("SIGTERM ends it, whatever hangs") { program.isRunning ? nil : true }
        return await program.wait()
    }

    /// Waits until the exporter answers at a port, and returns what its metrics say.
    private func scrape(port: Int, when what: String, _ condition: (Samples) -> Bool) async throws -> Samples {
        try await eventually(what) {
            guard let page = try? await TestHTTP.get("http://127.0.0.1:\(port)/metrics").text else { return nil }
            let samples = Samples(page)
            return condition(samples) ? samples : nil
        }
    }

    @Test("with every standard stream closed, the log goes nowhere, least of all into the ledger's files")
    func closedStreams() async throws {
        let folder = try TemporaryFolder()
        let port = try freePort()
        let program = try shell(
            "exec \"$0\" \"$@\" <&- >&- 2>&-",
            [
                "--web.listen-address=127.0.0.1:\(port)", "--storage.path=\(folder.path)", "--log.level=debug",
                "--twilio.base-url=http://127.0.0.1:9", "--poll.interval=1s",
            ])
        _ = try await scrape(port: port, when: "two polls have failed") {
            $0[series("polls_total")] ?? 0 > 1 && $0["twilio_comms_log_lines_dropped_total"] ?? 0 > 2
        }
        for descriptor in 0...2 {
            let link = "/proc/\(program.processID)/fd/\(descriptor)"
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "/dev/null")
        }
        #expect(await program.end().status == 0)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(files.contains { $0.hasSuffix(".lock") })
        for file in files {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + file))
            #expect(bytes.range(of: Data("level=".utf8)) == nil, "\(file)")
        }
    }

    @Test("output that cannot be written is one line and status 1", arguments: [">&-", ">/dev/full"])
    func lostOutput(redirection: String) async throws {
        let api = try StandIn(SeedSample.answer)
        let once = try await shell(
            "exec \"$0\" \"$@\" \(redirection)",
            ["--once", "--storage.path=:memory:", "--twilio.base-url=\(api.baseURL)"]
        ).wait()
        #expect(once.status == 1)
        #expect(
            once.errors.hasSuffix(
                " level=error msg=\"cannot write the metrics to standard output; check where it goes\"\n"))
        #expect(once.errors.filter { $0 == "\n" }.count == 1)
        for arguments in [["--version"], ["--help"], ["--config.check"], ["healthcheck", "--help"]] {
            let (status, output, errors) = try await shell("exec \"$0\" \"$@\" \(redirection)", arguments).wait()
            #expect(status == 1)
            #expect(output == "")
            #expect(errors == "twilio-comms-exporter: cannot write to standard output; check where it goes\n")
        }
    }

    @Test("a reader of the output that has gone is the same, and no silent death")
    func goneReader() async throws {
        let api = try StandIn(SeedSample.answer)
        // The shell waits for the reader to have gone.
        let (status, _, errors) = try await Program(
            path: "/bin/bash",
            [
                "-c", "{ sleep 0.5; \"$0\" \"$@\"; echo \"status $?\" >&2; } | :", Self.exporter, "--once",
                "--storage.path=:memory:", "--twilio.base-url=\(api.baseURL)",
            ], environment: ExporterProcess.credentials.merging(["PATH": "/usr/bin:/bin"]) { $1 }
        ).wait()
        #expect(status == 0)
        #expect(errors.contains("cannot write the metrics to standard output; check where it goes"))
        #expect(errors.hasSuffix("status 1\n"))
    }

    @Test("what a terminal would obey is escaped in complaints as well")
    func escapedComplaints() async throws {
        let (status, _, errors) = try await Program(
            "twilio-comms-exporter", ["--x\u{1B}[2J\u{9B}\u{202E}"],
            environment: ExporterProcess.credentials
        ).wait()
        #expect(status == 2)
        #expect(
            errors == #"""
                twilio-comms-exporter: Unknown option '--x\u001b[2J\u009b\u202e' (see --help)

                """#)
    }

    @Test("no core is dumped, and nobody but root may read the memory")
    func noCoreDump() async throws {
        let exporter = try await ExporterProcess(
            path: "/bin/sh", ["-c", "ulimit -c hard 2>/dev/null; exec \"$0\" \"$@\"", Self.exporter],
            baseURL: "http://127.0.0.1:9", storage: ":memory:")
        let limits = try String(contentsOfFile: "/proc/\(exporter.program.processID)/limits", encoding: .utf8)
        #expect(limits.contains(#/\nMax core file size +0 +0 /#))
        #expect(await exporter.program.end().status == 0)
    }

    @Test("as an unprivileged user it still reads its own process, and other processes of that user do not")
    func undumpable() async throws {
        guard await Unprivileged.works else { return }
        let command = Unprivileged.command + [Self.exporter]
        let exporter = try await ExporterProcess(
            path: command[0], Array(command.dropFirst()), baseURL: "http://127.0.0.1:9", storage: ":memory:")
        let samples = try await exporter.scrape()
        for name in ["cpu_seconds_total", "resident_memory_bytes", "open_fds", "max_fds", "start_time_seconds"] {
            #expect(samples["process_" + name] != nil, "\(name)")
        }
        #expect(samples["process_open_fds"] ?? 0 > 4)
        // The owner of what only the owner may read.
        var status = stat()
        #expect(stat("/proc/\(exporter.program.processID)/environ", &status) == 0)
        #expect(status.st_uid == 0)
        let peer = Unprivileged.command + ["/bin/cat", "/proc/\(exporter.program.processID)/environ"]
        let read = try await Program(path: peer[0], Array(peer.dropFirst())).wait()
        #expect(read.status == 1)
        #expect(read.output == "")
        #expect(await exporter.program.end().status == 0)
    }

    @Test("a log that nobody reads stops neither polls nor scrapes, and SIGTERM ends the exporter")
    func unreadLog() async throws {
        let fifo = try Fifo()
        let port = try freePort()
        let api = try StandIn(SeedSample.answer)
        let program = try shell(
            "exec \"$0\" \"$@\" 2>'\(fifo.path)'",
            [
                "--web.listen-address=127.0.0.1:\(port)", "--storage.path=:memory:", "--log.level=debug",
                "--twilio.base-url=\(api.baseURL)", "--poll.interval=1s",
            ])
        let samples = try await scrape(port: port, when: "three polls have ended") {
            $0[series("polls_total")] ?? 0 > 2 && $0[FaultTests.up] == 1
        }
        #expect(samples["twilio_comms_log_lines_dropped_total"] == 0)
        // Somebody reads at last, and everything is there; then nobody does again.
        var log = ""
        _ = try await eventually("the lines that waited are written") {
            log += fifo.read()
            return log.contains("msg=listening") ? true : nil
        }
        #expect(try await endHanging(program).status == 0)
        #expect((log + fifo.read()).contains("msg=stopping signal=SIGTERM\n"))
    }

    @Test("SIGTERM ends it while the API, the disk, the log, the service manager and a client hang")
    func everythingHangs() async throws {
        let fifo = try Fifo()
        let disk = try DiskWarp()
        let folder = try TemporaryFolder()
        let manager = try DatagramSocket(bound: folder.path + "/notify")
        let port = try freePort()
        let simulator = try await SimulatorProcess(["--rate=600", "--pace=60", "--history=1h"])
        let program = try shell(
            "exec \"$0\" \"$@\" 2>'\(fifo.path)'",
            [
                "--web.listen-address=127.0.0.1:\(port)", "--storage.path=\(disk.folder)", "--log.level=debug",
                "--twilio.base-url=\(simulator.baseURL)", "--poll.interval=1s",
            ],
            environment: disk.environment.merging([
                "NOTIFY_SOCKET": folder.path + "/notify", "WATCHDOG_USEC": "200000",
            ]) { $1 })
        _ = try await scrape(port: port, when: "a poll has succeeded") { $0[FaultTests.up] == 1 }
        try disk.fail(.hang)
        try await simulator.set("hang=3600")
        let client = try RawSocket(port: UInt16(port), receiveBuffer: 1024)
        for _ in 0..<20 { try client.send("GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n") }
        let (status, _, _) = try await endHanging(program)
        #expect(status == 0 || status == 1)
        withExtendedLifetime((client, manager)) {}
    }

    @Test("SIGTERM ends an exporter that hangs in its start, with a line and status 1")
    func hungStart() async throws {
        let disk = try DiskWarp()
        try disk.fail(.hang)
        let program = try ExporterProcess.start(
            ["--log.level=debug"], baseURL: "http://127.0.0.1:9", storage: disk.folder,
            environment: disk.environment)
        _ = try await eventually("it has the thread that hears signals, and goes on to its ledger") {
            let status = try String(contentsOfFile: "/proc/\(program.processID)/status", encoding: .utf8)
            return status.contains(/\nThreads:\s+[2-9]/) ? true : nil
        }
        let (status, _, errors) = try await endHanging(program)
        #expect(status == 1)
        #expect(errors.hasSuffix(" level=error msg=\"could not stop in time, something hangs; ending without it\"\n"))
    }
}
