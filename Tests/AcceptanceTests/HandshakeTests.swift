import Foundation
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
        // It is not asked for this over TLS, which costs more than what is to be measured.
        func ticks() throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(exporter.program.processID)/stat", encoding: .utf8)
            // utime and stime of proc(5), the 14th and 15th; the name, which ends at the bracket, is the second.
            let fields = status.split(separator: ")").last?.split(separator: " ").dropFirst(11).prefix(2) ?? []
            let times = fields.compactMap { Int($0) }
            try #require(times.count == 2)
            return times[0] + times[1]
        }

        let before = try ticks()
        let clients = try (0..<4).map { _ in
            let client = try RawSocket(port: UInt16(exporter.port))
            // The beginning of a ClientHello: https://www.rfc-editor.org/rfc/rfc8446#section-5.1
            try client.send([0x16, 3, 1, 0, 0xc8, 1, 0, 0, 0xc4, 3])
            return client
        }
        // They have five seconds, which are 500 ticks. Waiting for them in a loop, it used more than 100 of a busy machine.
        _ = try await eventually("all are cut off") { clients.allSatisfy(\.isClosed) ? true : nil }
        let used = try ticks() - before
        #expect(used < 50)
    }
}
