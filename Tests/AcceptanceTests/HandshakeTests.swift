import TestSupport
import Testing

/// What clients cost the built exporter that begin a TLS handshake and do not go on.
@Suite(.fewAtATime) struct HandshakeTests {
    @Test("handshakes that stop after ten bytes use no processor while they wait, and are cut off")
    func halfway() async throws {
        let certificates = try await Certificates()
        try await certificates.make("server")
        let file = try certificates.write(
            "tls_server_config: {cert_file: server.pem, key_file: server.key}\n", to: "web.yml")
        let exporter = try await ExporterProcess(
            ["--web.config.file=\(file)"], baseURL: "http://127.0.0.1:9", storage: ":memory:", interval: "1h")
        func processorSeconds() async throws -> Double {
            let answer = try await Curl.get(
                "https://127.0.0.1:\(exporter.port)/metrics", ["--cacert", certificates.pem("authority")])
            return try #require(Samples(answer.body)["process_cpu_seconds_total"])
        }

        let before = try await processorSeconds()
        let clients = try (0..<4).map { _ in
            let client = try RawSocket(port: UInt16(exporter.port))
            // The beginning of a ClientHello: https://www.rfc-editor.org/rfc/rfc8446#section-5.1
            try client.send([0x16, 3, 1, 0, 0xc8, 1, 0, 0, 0xc4, 3])
            return client
        }
        // They have five seconds, of which a processor that waits for them in a loop would use nearly all.
        _ = try await eventually("all are cut off") { clients.allSatisfy(\.isClosed) ? true : nil }
        #expect(try await processorSeconds() - before < 2)
    }
}
