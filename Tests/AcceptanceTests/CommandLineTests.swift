import Foundation
import HTTPServer
import TestSupport
import Testing

/// What the built binary says and how it exits.
@Suite(.fewAtATime) struct CommandLineTests {
    static let name = "twilio-comms-exporter"

    @Test("--version says name, version, revision, Swift version and platform")
    func version() async throws {
        let (status, output, errors) = try await Program(Self.name, ["--version"]).wait()
        #expect(status == 0)
        #expect(errors == "")
        #expect(
            output.contains(
                /^twilio-comms-exporter, version 0\.1\.0 \(revision: [0-9a-z-]+\)\n  swift version: 6\.\d\n  platform:      linux\/(amd64|arm64)\n$/
            ))
    }

    @Test("--help and the README's table have the same flags, in the same order, with the same defaults")
    func help() async throws {
        let (status, output, errors) = try await Program(Self.name, ["--help"]).wait()
        #expect(status == 0)
        #expect(errors == "")
        let options = try #require(output.split(separator: "\nOPTIONS:\n").last)
        // An option begins a line with two spaces; the lines that follow are its own.
        let help = "\n\(options)".split(separator: /\n  (?:-h, )?(?=--)/).map { option -> [String] in
            let text = option.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            let flag = text.prefix { $0 != " " }
            return [String(flag), text.firstMatch(of: /default: ([^)]+)\)/).map { String($0.1) } ?? ""]
        }
        let readme = try String(contentsOfFile: "\(PrometheusProcess.repository)/README.md", encoding: .utf8)
        let configuration = try #require(readme.split(separator: "\n## Configuration\n").last)
        let table = configuration.matches(of: /(?m)^\| `(--[^`]+)` \| (?:`([^`]*)`)? ?\|/).prefix(help.count).map {
            [String($0.1), String($0.2 ?? "")]
        }
        #expect(help.count > 15)
        #expect(table == help)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var arguments: [String] = []
        var environment = ExporterProcess.credentials
        let line: String
    }

    static let faults = [
        Fault(
            testDescription: "no credentials", environment: [:],
            line: "no credentials: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and"
                + " TWILIO_API_KEY_SECRET (secrets also as …_FILE, the path of a file)"),
        Fault(
            testDescription: "a SID without its token",
            environment: ["TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001"],
            line: "TWILIO_ACCOUNT_SID is set but its secret is not: set TWILIO_AUTH_TOKEN or TWILIO_AUTH_TOKEN_FILE"),
        Fault(
            testDescription: "a secret file that is not there",
            environment: [
                "TWILIO_API_KEY": "SK00000000000000000000000000000001",
                "TWILIO_API_KEY_SECRET_FILE": "/nonexistent/secret",
            ],
            line: "TWILIO_API_KEY_SECRET_FILE names a file that cannot be read: No such file or directory"),
        Fault(
            testDescription: "an unknown flag", arguments: ["--poll.intervall=1s"],
            line: "Unknown option '--poll.intervall'. Did you mean '--poll.interval'? (see --help)"),
        Fault(
            testDescription: "a password with a quote in it for an argument",
            arguments: ["short'and-a-rather-long-password"],
            line: "Unexpected argument '…' (see --help)"),
        Fault(
            testDescription: "a password with two quotes in it for an argument",
            arguments: ["short'and-a-rather-long-pass'word"],
            line: "Unexpected argument '…' (see --help)"),
        Fault(
            testDescription: "a bad duration", arguments: ["--poll.interval", "soon"],
            line: "bad --poll.interval \"soon\": write a duration from 1s to 1h, like 30s or 1m30s"),
        Fault(
            testDescription: "a bad address", arguments: ["--web.listen-address=10042"],
            line: "--web.listen-address: bad listen address \"10042\": the port is missing; write it like :10042,"
                + " 127.0.0.1:10042 or [::1]:10042"),
        Fault(
            testDescription: "a bad number", arguments: ["--web.max-requests=-1"],
            line: "bad --web.max-requests \"-1\": write a number, or 0 for no limit"),
        Fault(
            testDescription: "a bad URL", arguments: ["--twilio.base-url=comms.twilio.com"],
            line: "bad --twilio.base-url \"comms.twilio.com\": write it like https://comms.twilio.com"),
        Fault(
            testDescription: "a path clients would normalise", arguments: ["--web.telemetry-path=//metrics"],
            line: "bad --web.telemetry-path \"//metrics\": write a path like /metrics, other than / and not below /-/"),
        Fault(
            testDescription: "a path that hides an endpoint", arguments: ["--web.telemetry-path=/-/ready"],
            line: "bad --web.telemetry-path \"/-/ready\": write a path like /metrics, other than / and not below /-/"),
        Fault(
            testDescription: "a path that hides the configuration", arguments: ["--web.telemetry-path=/config"],
            line: "bad --web.telemetry-path \"/config\": another page is there; write a path like /metrics"),
        Fault(
            testDescription: "a path that hides the stylesheet", arguments: ["--web.telemetry-path=/style.css"],
            line: "bad --web.telemetry-path \"/style.css\": another page is there; write a path like /metrics"),
    ]

    @Test("a wrong flag or environment is one line that says what to do, and status 2", arguments: faults)
    func usage(fault: Fault) async throws {
        let (status, output, errors) = try await Program(
            Self.name, fault.arguments, environment: fault.environment
        ).wait()
        #expect(status == 2)
        #expect(output == "")
        #expect(errors == "twilio-comms-exporter: \(fault.line)\n")
    }

    @Test("help is --help, of either command")
    func helpCommand() async throws {
        for command in [[], ["healthcheck"]] {
            let help = try await Program(Self.name, ["help"] + command).wait()
            let flag = try await Program(Self.name, command + ["--help"]).wait()
            #expect(help == flag)
            #expect(
                help.status == 0 && help.output.contains("USAGE: \(([Self.name] + command).joined(separator: " ")) "))
        }
    }

    @Test("two wrong flags are both named")
    func allFaults() async throws {
        let (status, _, errors) = try await Program(
            Self.name, ["--poll.interval=0", "--web.listen-address=x"], environment: ExporterProcess.credentials
        ).wait()
        #expect(status == 2)
        #expect(errors.contains("--poll.interval") && errors.contains("--web.listen-address"))
    }

    @Test(
        "the example of a configuration file is fine where its secrets are, and --config.check says where they are not")
    func exampleConfiguration() async throws {
        let folder = try TemporaryFolder()
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        let example = try String(
            contentsOf: root.appendingPathComponent("deploy/config.example.yml"), encoding: .utf8)
        try "secret".write(toFile: folder.path + "/token", atomically: true, encoding: .utf8)
        let path = folder.path + "/config.yml"
        try example.replacingOccurrences(of: "/run/secrets/marketing-token", with: folder.path + "/token")
            .write(toFile: path, atomically: true, encoding: .utf8)
        let check = { (environment: [String: String]) in
            try await Program(
                Self.name, ["--config.file=\(path)", "--config.check"], environment: environment
            ).wait()
        }
        #expect(chmod(folder.path + "/token", 0o644) == 0)
        let open = try await check(["SUPPORT_API_KEY_SECRET": "x"])
        #expect(open.status == 0)
        #expect(open.errors.contains("/token holds a secret and has mode 0644, which lets others read it; chmod 600"))
        #expect(chmod(folder.path + "/token", 0o600) == 0)
        let fine = try await check(["SUPPORT_API_KEY_SECRET": "x"])
        #expect(fine.status == 0)
        #expect(fine.output == "configuration is fine: 2 accounts, 3 resources\n")
        #expect(fine.errors == "")
        let missing = try await check(["TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001"])
        #expect(missing.status == 2)
        #expect(missing.output == "")
        #expect(
            missing.errors
                == """
                twilio-comms-exporter: TWILIO_ACCOUNT_SID is set but its secret is not: set TWILIO_AUTH_TOKEN or \
                TWILIO_AUTH_TOKEN_FILE
                twilio-comms-exporter: \(path):12: accounts[1].api_key_secret_env: names an environment variable that \
                is not set

                """)
    }

    @Test("a storage folder that cannot be used is one line and status 1")
    func storage() async throws {
        let (status, _, errors) = try await Program(
            Self.name, ["--storage.path=/proc/nowhere"], environment: ExporterProcess.credentials
        ).wait()
        #expect(status == 1)
        #expect(
            Self.withoutTime(errors)
                == "level=error msg=\"cannot run: cannot use the ledger /proc/nowhere: cannot make the"
                + " folder: No such file or directory; check --storage.path, its permissions and free space\"\n")
    }

    @Test(
        "a port in use is one line, which names its address, and status 1; also where others can be used",
        arguments: [[], ["--web.listen-address=[::1]:0"]])
    func portInUse(others: [String]) async throws {
        let other = try StandIn { _ in .text(200, "") }
        let address = "127.0.0.1:\(other.server.port)"
        let (status, _, errors) = try await Program(
            Self.name,
            ["--storage.path=:memory:"] + others + ["--web.listen-address=\(address)", "--log.level=error"],
            environment: ExporterProcess.credentials
        ).wait()
        #expect(status == 1)
        #expect(
            Self.withoutTime(errors)
                == "level=error msg=\"cannot run: cannot listen on \(address): address already in use;"
                + " stop the program that holds it or choose another listen address\"\n")
    }

    @Test("sockets that systemd did not pass are one line and status 1")
    func noSystemdSocket() async throws {
        let (status, _, errors) = try await Program(
            Self.name, ["--storage.path=:memory:", "--web.systemd-socket", "--log.level=error"],
            environment: ExporterProcess.credentials.merging(["LISTEN_FDS": "1", "LISTEN_PID": "1"]) { $1 }
        ).wait()
        #expect(status == 1)
        #expect(
            Self.withoutTime(errors)
                == "level=error msg=\"cannot run: systemd passed no sockets to this process; start it by a .socket unit\"\n"
        )
    }

    @Test("a second exporter on the same ledger is refused with one line and status 1")
    func ledgerInUse() async throws {
        let folder = try TemporaryFolder()
        let api = try StandIn { _ in .json("{}") }
        let first = try await ExporterProcess(baseURL: api.baseURL, storage: folder.path)
        let (status, _, errors) = try await Program(
            Self.name, ["--storage.path=\(folder.path)", "--web.listen-address=127.0.0.1:0", "--log.level=error"],
            environment: ExporterProcess.credentials
        ).wait()
        #expect(status == 1)
        #expect(
            Self.withoutTime(errors)
                == "level=error msg=\"cannot run: the ledger \(folder.path)/default.messages.db is in use"
                + " by another process; stop that one or choose another --storage.path\"\n")
        #expect(await first.program.end().status == 0)
    }

    @Test("metrics that cannot be written are status 1")
    func fullOutput() async throws {
        let api = try StandIn(SeedSample.answer)
        let (status, _, errors) = try await Program(
            path: "/bin/sh",
            [
                "-c", "exec \"$0\" --once --storage.path=:memory: --twilio.base-url=\(api.baseURL) > /dev/full",
                Program.path(of: Self.name),
            ], environment: ExporterProcess.credentials
        ).wait()
        #expect(status == 1)
        #expect(errors.contains("level=error msg=\"cannot write the metrics to standard output; check where it goes\""))
    }

    @Test("clients that use up every file the process may open do not end it")
    func fileLimit() async throws {
        let exporter = try await ExporterProcess(
            path: "/bin/sh", ["-c", "ulimit -n 96; exec \"$0\" \"$@\"", Program.path(of: Self.name)],
            baseURL: "http://127.0.0.1:9", storage: ":memory:")
        for _ in 0..<3 {
            let clients = (0..<150).compactMap { _ in try? RawSocket(port: UInt16(exporter.port)) }
            #expect(clients.count > 0)
            // Longer than libdispatch needs to look at its threads, which is what such a process died of.
            try await Task.sleep(for: .seconds(2))
        }
        _ = try await eventually("it answers again") {
            try? await exporter.get("/-/healthy").status == 200 ? true : nil
        }
        #expect(await exporter.program.end().status == 0)
    }

    @Test("where too few files may be open to serve anybody, it says so and ends")
    func tooFewFiles() async throws {
        let (status, _, errors) = try await Program(
            path: "/bin/sh",
            [
                "-c",
                "ulimit -n 70; exec \"$0\" --storage.path=:memory: --web.listen-address=127.0.0.1:0 --log.level=error",
                Program.path(of: Self.name),
            ], environment: ExporterProcess.credentials
        ).wait()
        #expect(status == 1)
        #expect(
            Self.withoutTime(errors)
                == "level=error msg=\"cannot run: only 70 files may be open, and at least 96 are needed;"
                + " raise the limit (ulimit -n, LimitNOFILE=)\"\n")
    }

    /// A log line without its time, which comes first.
    private static func withoutTime(_ line: String) -> String {
        line.split(separator: " ", maxSplits: 1).last.map(String.init) ?? line
    }
}
