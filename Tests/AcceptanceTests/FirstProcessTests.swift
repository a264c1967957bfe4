import Foundation
import HTTPServer
import TestSupport
import Testing

private let namespace = ["--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"]

private func hasNamespaces() async -> Bool {
    let run = try? Program(path: "/usr/bin/unshare", namespace + ["/bin/true"])
    return await run?.wait().status == 0
}

/// The built exporter as the first process of a container, to which the kernel gives no signal by default.
@Suite(.fewAtATime, .enabled("this machine lets its users have namespaces") { await hasNamespaces() })
struct FirstProcessTests {
    private func start(_ command: [String]) throws -> Program {
        try Program(
            path: "/usr/bin/unshare", namespace + command,
            environment: ExporterProcess.credentials.merging(["PATH": "/usr/bin:/bin"]) { $1 })
    }

    /// The process ID outside of the namespace.
    private func child(of program: Program) async throws -> Int32 {
        let path = "/proc/\(program.processID)/task/\(program.processID)/children"
        return try await eventually("it has started its child") {
            (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: " ").first.flatMap { Int32($0) }
        }
    }

    /// A server that accepts, reads, and never answers.
    private final class Mute {
        let server: StandIn
        let asked = Latch()
        private let release = DispatchSemaphore(value: 0)

        init() throws {
            server = try StandIn { [asked, release] _ in
                asked.open()
                release.wait()
                return .text(500, "")
            }
        }

        deinit { for _ in 0..<100 { release.signal() } }
    }

    @Test(
        "SIGTERM and SIGINT end every command",
        arguments: [SIGTERM, SIGINT], [["--once", "--storage.path=:memory:"], ["healthcheck"]])
    func commands(signal: Int32, command: [String]) async throws {
        let mute = try Mute()
        let address = "127.0.0.1:\(mute.server.server.port)"
        let flag =
            command == ["healthcheck"] ? "--web.listen-address=\(address)" : "--twilio.base-url=http://\(address)"
        let program = try start([ProcessTests.exporter] + command + [flag])
        await mute.asked.wait()
        kill(try await child(of: program), signal)
        // A health check that ends by itself has another status, and the other command never does.
        #expect(await program.wait().status == 128 + signal)
    }

    @Test("SIGTERM and SIGINT end one that serves, with status 0", arguments: [SIGTERM, SIGINT])
    func serving(signal: Int32) async throws {
        let exporter = try await ExporterProcess(
            path: "/usr/bin/unshare", namespace + [ProcessTests.exporter], baseURL: "http://127.0.0.1:9",
            storage: ":memory:")
        kill(try await child(of: exporter.program), signal)
        #expect(await exporter.program.wait().status == 0)
    }

    @Test(
        "the health check finds where the exporter beside it serves: another port, several, over TLS",
        arguments: [false, true])
    func health(isSecure: Bool) async throws {
        let certificates = try await Certificates()
        try await certificates.make("server", names: "DNS:elsewhere.example")
        let file = try certificates.write(
            isSecure ? "tls_server_config: {cert_file: server.pem, key_file: server.key}\n" : "", to: "web.yml")
        let ports = [Int(try SilentPort().port), Int(try SilentPort().port)]
        // As a container's engine does it: the exporter is the first process, and the check one more that is put beside it.
        let script = """
            "$0" --web.config.file="$1" --web.listen-address=127.0.0.1:$2 --web.listen-address 127.0.0.1:$3 \
            --storage.path=:memory: --twilio.base-url=http://127.0.0.1:9 --log.level=error &
            for round in $(seq 100); do
                "$0" healthcheck 2>/dev/null && break
                sleep 0.1
            done
            "$0" healthcheck && echo healthy
            kill -STOP $!
            "$0" healthcheck || echo unhealthy
            kill -KILL $!
            wait $!
            "$0" healthcheck || echo gone
            """
        let program = try start(
            ["/bin/sh", "-c", script, ProcessTests.exporter, file] + ports.map(String.init))
        let (status, output, errors) = await program.wait()
        #expect(status == 0)
        #expect(output == "healthy\nunhealthy\ngone\n")
        let faults = errors.split(separator: "\n").filter { $0.hasPrefix("twilio-comms-exporter: no answer at ") }
        #expect(faults.count == 3)
        for (fault, address) in zip(faults, ports.sorted().map { "127.0.0.1:\($0)" } + [":10042"]) {
            #expect(fault.hasPrefix("twilio-comms-exporter: no answer at \(address): "))
        }
    }

    @Test("where the port is not to be found, the health check says whose, and what to do")
    func unknownPort() async throws {
        let script = """
            "$0" --web.listen-address=127.0.0.1:0 --storage.path=:memory: --twilio.base-url=http://127.0.0.1:9 2>/dev/null &
            until grep -q listen-address /proc/$!/cmdline; do sleep 0.1; done
            "$0" healthcheck
            echo "$? $!"
            """
        let (_, output, errors) = try await start(["/bin/sh", "-c", script, ProcessTests.exporter]).wait()
        let words = output.split(whereSeparator: \.isWhitespace)
        #expect(words.first == "2")
        #expect(
            errors == """
                twilio-comms-exporter: the exporter with process ID \(words.last ?? "") listens on sockets of systemd, or on a \
                port that the system chose; say where with --web.listen-address

                """)
    }
}
