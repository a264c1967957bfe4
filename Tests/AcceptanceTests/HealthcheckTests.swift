import HTTPServer
import TestSupport
import Testing

/// `twilio-comms-exporter healthcheck`, as a container's engine runs it.
@Suite(.fewAtATime) struct HealthcheckTests {
    private func healthcheck(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> (status: Int32, output: String, errors: String) {
        try await Program("twilio-comms-exporter", ["healthcheck"] + arguments, environment: environment).wait()
    }

    private func exporter(_ arguments: [String] = []) async throws -> ExporterProcess {
        try await ExporterProcess(arguments, baseURL: "http://127.0.0.1:9", storage: ":memory:", interval: "1h")
    }

    @Test("an exporter that serves is healthy, whatever the environment says of proxies")
    func healthy() async throws {
        let exporter = try await exporter()
        for host in ["127.0.0.1", "0.0.0.0", ""] {
            let (status, output, errors) = try await healthcheck(
                ["--web.listen-address=\(host):\(exporter.port)"],
                environment: ["http_proxy": "http://127.0.0.1:9", "all_proxy": "http://127.0.0.1:9"])
            #expect((status, output, errors) == (0, "", ""))
        }
    }

    @Test("so is one that asks for TLS, a login and a client's certificate, and of the rate that others have used up")
    func guarded() async throws {
        let certificates = try await Certificates()
        try await certificates.make("server", names: "DNS:elsewhere.example")
        let file = try certificates.write(
            """
            tls_server_config:
              cert_file: server.pem
              key_file: server.key
              client_ca_file: authority.pem
              client_auth_type: RequireAndVerifyClientCert
            basic_auth_users: {alice: $2b$04$KDG75UJFQIdcdhDmkHCFxuGRdKnKzcDPfyNCPm7EFmXcCJD.7Ipby}
            auth_excluded_paths: []
            rate_limit: {interval: 1h, burst: 1}

            """, to: "web.yml")
        let exporter = try await exporter(["--web.config.file=\(file)"])
        // The second one is above the rate.
        for _ in 1...2 {
            let (status, output, errors) = try await healthcheck(["--web.listen-address=127.0.0.1:\(exporter.port)"])
            #expect((status, output, errors) == (0, "", ""))
        }
    }

    @Test("where nobody serves, or somebody who fails, it says so in one line and exits with 1")
    func unhealthy() async throws {
        let port = try SilentPort().port
        let nobody = try await healthcheck(["--web.listen-address=127.0.0.1:1"])
        #expect(nobody.status == 1)
        // The reason is as libcurl has it: newer releases say "Could not".
        #expect(
            nobody.errors.replacing("Could not", with: "Couldn't") == """
                twilio-comms-exporter: no answer at 127.0.0.1:1: Failed to connect to 127.0.0.1 port 1: \
                Couldn't connect to server; is the exporter running, and --web.listen-address the same?

                """)
        let failing = try StandIn { _ in .text(500, "no") }
        let failed = try await healthcheck(["--web.listen-address=127.0.0.1:\(failing.server.port)"])
        #expect(failed.status == 1)
        #expect(
            failed.errors
                == "twilio-comms-exporter: 127.0.0.1:\(failing.server.port) answers with status 500\n")
        let silent = try await healthcheck(["--web.listen-address=127.0.0.1:\(port)"])
        #expect(silent.status == 1)
        #expect(silent.errors.hasPrefix("twilio-comms-exporter: no answer at 127.0.0.1:\(port): "))
        #expect(silent.errors.filter { $0 == "\n" }.count == 1)
    }

    @Test("what is no address, or no flag of it, is an error of usage")
    func usage() async throws {
        let address = try await healthcheck(["--web.listen-address=nowhere"])
        #expect(address.status == 2)
        #expect(
            address.errors == """
                twilio-comms-exporter: --web.listen-address: bad listen address "nowhere": the port is missing; write it \
                like :10042, 127.0.0.1:10042 or [::1]:10042

                """)
        let flag = try await healthcheck(["--storage.path=data"])
        #expect(flag.status == 2)
        #expect(flag.errors == "twilio-comms-exporter: Unknown option '--storage.path' (see --help)\n")
    }
}
