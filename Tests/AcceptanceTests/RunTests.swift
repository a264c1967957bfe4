import Foundation
import TestSupport
import Testing

/// `deploy/run`, which is `make run`.
@Suite(.fewAtATime) struct RunTests {
    @Test(
        "the URLs that it prints are those that are served: address, port, path and TLS", arguments: [false, true])
    func urls(isSecure: Bool) async throws {
        let folder = try TemporaryFolder()
        // In place of the compiler, whose answer says where the programs are.
        let programs = URL(fileURLWithPath: ProcessTests.exporter).deletingLastPathComponent().path
        try "#!/bin/sh\necho '\(programs)'\n".write(toFile: folder.path + "/swift", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path + "/swift")
        let certificates = try await Certificates()
        try await certificates.make("server", names: "DNS:elsewhere.example")
        let file = try certificates.write(
            isSecure ? "tls_server_config: {cert_file: server.pem, key_file: server.key}\n" : "", to: "web.yml")
        let ports = [try SilentPort().port, try SilentPort().port]
        let run = try Program(
            path: "/bin/bash",
            [
                PrometheusProcess.repository + "/deploy/run", "--web.listen-address=:\(ports[0])",
                "--web.listen-address", "127.0.0.1:\(ports[1])", "--web.telemetry-path=/scrape",
                "--web.config.file=\(file)", "--storage.path=:memory:", "--twilio.base-url=http://127.0.0.1:9",
            ], environment: ExporterProcess.credentials.merging(["PATH": "\(folder.path):/usr/bin:/bin"]) { $1 })
        let scheme = isSecure ? "https" : "http"
        let expected =
            "polling Twilio\n"
            + ports.map { port in
                """
                  exporter    \(scheme)://127.0.0.1:\(port)/
                  metrics     \(scheme)://127.0.0.1:\(port)/scrape

                """
            }.joined()
        _ = try await eventually("it has printed them all") { run.standardOutput == expected ? true : nil }
        #expect(await run.end().status == 0)
        #expect(run.standardOutput == expected)
    }
}
