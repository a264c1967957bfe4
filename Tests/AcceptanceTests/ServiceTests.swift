import Glibc
import TestSupport
import Testing

/// The built exporter as a service of systemd: what it is passed, and what it says.
@Suite(.fewAtATime) struct ServiceTests {
    /// Opens a listening socket on each of the addresses before `--`, prints the ports, and runs the program after it
    /// with them, as systemd would; a second time when it has ended.
    private static let launcher = """
        import fcntl, os, socket, sys, time
        split = sys.argv.index("--")
        sockets = []
        for host in sys.argv[1:split]:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            sockets.append(socket.create_server((host, 0), family=family))
        print("ports", *(s.getsockname()[1] for s in sockets), flush=True)
        for run in range(2):
            child = os.fork()
            if child == 0:
                for number, copy in enumerate([fcntl.fcntl(s, fcntl.F_DUPFD, 100) for s in sockets]):
                    os.dup2(copy, 3 + number)
                os.environ.update(LISTEN_FDS=str(len(sockets)), LISTEN_PID=str(os.getpid()))
                os.execv(sys.argv[split + 1], sys.argv[split + 1:])
            print("started", child, flush=True)
            print("ended", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
            time.sleep(1)
        """

    private let folder: TemporaryFolder
    private let socket: DatagramSocket
    private let heard = Heard()

    /// What the service manager has been told so far, in order.
    private final class Heard {
        var messages: [String] = []
    }

    init() throws {
        folder = try TemporaryFolder()
        socket = try DatagramSocket(bound: folder.path + "/notify")
    }

    private func environment(watchdog: Duration? = nil) -> [String: String] {
        var environment = ExporterProcess.credentials
        environment["NOTIFY_SOCKET"] = folder.path + "/notify"
        environment["WATCHDOG_USEC"] = watchdog.map { "\(Int($0 / .microseconds(1)))" }
        return environment
    }

    /// Waits for a message that says so, and returns it.
    @discardableResult
    private func hear(_ assignment: String) async throws -> String {
        try await eventually("the service manager hears \(assignment)") {
            while let message = socket.next() {
                heard.messages.append(message)
                if message.split(separator: "\n").contains(Substring(assignment)) { return message }
            }
            return nil
        }
    }

    @Test("the service manager hears that it is ready, how it is doing, and that it ends")
    func notifications() async throws {
        let api = try StandIn(SeedSample.answer)
        let exporter = try await ExporterProcess(
            baseURL: api.baseURL, storage: ":memory:", environment: environment())
        let ready = try await hear("READY=1")
        #expect(heard.messages == [ready])
        #expect(ready.hasPrefix("READY=1\nSTATUS=Serving; the last poll succeeded for "))
        #expect(try await exporter.get("/-/healthy").status == 200)
        kill(exporter.program.processID, SIGTERM)
        #expect(try await hear("STOPPING=1") == "STOPPING=1\nSTATUS=Stopping")
        #expect(await exporter.program.wait().status == 0)
        #expect(heard.messages.count == 2)
    }

    @Test("the watchdog hears of a living exporter in time, also of one whose disk hangs")
    func watchdog() async throws {
        let api = try StandIn(SeedSample.answer)
        let disk = try DiskWarp()
        let exporter = try await ExporterProcess(
            baseURL: api.baseURL, storage: disk.folder,
            environment: disk.environment.merging(environment(watchdog: .seconds(2))) { $1 })
        try await hear("READY=1")
        for _ in 0..<3 { try await hear("WATCHDOG=1") }
        try await hear("STATUS=Serving; the last poll succeeded for 1 of 1")

        try disk.fail(.hang)
        while socket.next() != nil {}
        // Longer than systemd would wait without.
        for _ in 0..<4 { try await hear("WATCHDOG=1") }
        #expect(try await exporter.scrape()[FaultTests.up] == 1)

        try disk.fail(.none)
        try await hear("WATCHDOG=1")
        #expect(!exporter.program.standardError.contains("the watchdog"))
        #expect(await exporter.program.end().status == 0)
    }

    @Test("the service manager hears when a reload begins, and when it has ended")
    func reload() async throws {
        let exporter = try await ExporterProcess(
            baseURL: "http://127.0.0.1:9", storage: ":memory:", environment: environment())
        try await hear("READY=1")
        for _ in 0..<2 {
            kill(exporter.program.processID, SIGHUP)
            let message = try await hear("RELOADING=1")
            #expect(message.wholeMatch(of: /RELOADING=1\nMONOTONIC_USEC=[1-9]\d+/) != nil)
            #expect(try await hear("READY=1") == "READY=1")
        }
        #expect(await exporter.program.end().status == 0)
    }

    @Test("a service manager that cannot be reached is one line, and stops nothing")
    func deafManager() async throws {
        let exporter = try await ExporterProcess(
            baseURL: "http://127.0.0.1:9", storage: ":memory:",
            environment: ExporterProcess.credentials.merging(["NOTIFY_SOCKET": "/nonexistent"]) { $1 })
        let fault =
            "level=error msg=\"cannot reach the service manager at /nonexistent (NOTIFY_SOCKET):"
            + " No such file or directory\""
        _ = try await eventually("it says so") { exporter.program.standardError.contains(fault) ? true : nil }
        #expect(try await exporter.get("/-/healthy").status == 200)
        #expect(await exporter.program.end().status == 0)
    }

    @Test("it serves on the sockets it is passed, which go on to listen when it ends")
    func passedSockets() async throws {
        let program = try Program(
            path: "/usr/bin/env",
            [
                "python3", "-c", Self.launcher, "127.0.0.1", "::1", "--", Program.path(of: "twilio-comms-exporter"),
                "--web.systemd-socket", "--storage.path=:memory:", "--twilio.base-url=http://127.0.0.1:9",
                // Not used, and in use by nobody: it would be an error if it were.
                "--web.listen-address=192.0.2.1:10042",
            ], environment: environment().merging(["PATH": "/usr/local/bin:/usr/bin:/bin"]) { $1 })
        try await hear("READY=1")
        let ports = try numbers(after: "ports", in: program)
        for (port, host) in zip(ports, ["127.0.0.1", "::1"]) {
            #expect(try health(RawSocket(port: UInt16(port), host: host)) == "Healthy.\n")
        }
        #expect(program.standardError.contains("msg=listening address=127.0.0.1:\(ports[0]) port=\(ports[0])"))
        #expect(program.standardError.contains("msg=listening address=[::1]:\(ports[1]) port=\(ports[1])"))

        kill(pid_t(try numbers(after: "started", in: program)[0]), SIGTERM)
        _ = try await eventually("the first one has ended") {
            program.standardOutput.contains("ended 0\n") ? true : nil
        }
        // Between two runs: whoever asks now waits for the next one.
        let waiting = try RawSocket(port: UInt16(ports[0]))
        try waiting.send("GET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n")
        try await hear("READY=1")
        #expect(try waiting.readResponse().body == "Healthy.\n")
        let second = try #require(try numbers(after: "started", in: program).last)
        kill(pid_t(second), SIGTERM)
        #expect(await program.wait().output.hasSuffix("ended 0\n"))
    }

    private func health(_ client: RawSocket) throws -> String {
        try client.send("GET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n")
        return try client.readResponse().body
    }

    /// What the launcher has printed after a word, over all lines that begin with it.
    private func numbers(after word: String, in program: Program) throws -> [Int] {
        program.standardOutput.split(separator: "\n").filter { $0.hasPrefix(word + " ") }
            .flatMap { $0.split(separator: " ").dropFirst().compactMap { Int($0) } }
    }

    @Test("without systemd's help it serves on several addresses, IPv6 among them")
    func severalAddresses() async throws {
        let exporter = try await ExporterProcess(
            ["--web.listen-address=[::1]:0", "--web.listen-address=:0"], baseURL: "http://127.0.0.1:9",
            storage: ":memory:")
        // The flag of ExporterProcess comes last.
        let ports = try await eventually("it listens on all three") {
            let ports = exporter.program.standardError.matches(of: /msg=listening address=(\S+) port=(\d+)/)
                .compactMap { match in Int(match.2).map { (String(match.1), $0) } }
            return ports.count == 3 ? ports : nil
        }
        #expect(ports.map(\.0) == ["[::1]:0", ":0", "127.0.0.1:0"])
        let hosts = [["::1"], ["::1", "127.0.0.1"], ["127.0.0.1"]]
        for ((_, port), hosts) in zip(ports, hosts) {
            for host in hosts { #expect(try health(RawSocket(port: UInt16(port), host: host)) == "Healthy.\n") }
        }
        #expect(await exporter.program.end().status == 0)
    }
}
