import Foundation
import TestSupport
import Testing

/// What scrapers of the built exporter notice of clients that take their time.
@Suite(.fewAtATime) struct SlowClientTests {
    private func exporter(_ arguments: [String] = []) async throws -> ExporterProcess {
        try await ExporterProcess(arguments, baseURL: "http://127.0.0.1:9", storage: ":memory:", interval: "1h")
    }

    /// A whole scrape over a connection of its own, or nil where there is none to be had.
    private func scrape(_ exporter: ExporterProcess, from source: String) -> String? {
        guard let client = try? RawSocket(port: UInt16(exporter.port), from: source),
            (try? client.send("GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n")) != nil,
            let response = try? client.readResponse(), response.status == 200
        else { return nil }
        return response.body
    }

    private func health(of client: RawSocket) throws {
        try client.send("GET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(try client.readResponse().body == "Healthy.\n")
    }

    /// What must hold: of another address, every scrape that comes once a second is answered; from their own, one that
    /// is tried once a second is answered within 15 seconds; and who was there before keeps its connection.
    @Test(
        "300 slow clients of one address keep no scraper out, nor the exporter from ending",
        arguments: SlowClients.Kind.allCases.map { [$0] } + [SlowClients.Kind.allCases])
    func crowd(kinds: [SlowClients.Kind]) async throws {
        let exporter = try await exporter()
        let kept = try RawSocket(port: UInt16(exporter.port), from: "127.0.0.2")
        try health(of: kept)
        let clients = try await SlowClients(300, of: kinds, port: exporter.port)
        defer { clients.leave() }
        _ = try await eventually("they have been here for a while") { clients.returnCount > 300 ? true : nil }
        for number in 1...15 {
            let body = scrape(exporter, from: "127.0.0.3") ?? "none"
            #expect(body.contains("\ntwilio_comms_up{"), "scrape \(number)")
            #expect(body.hasSuffix("\n"), "scrape \(number)")
            try await Task.sleep(for: .seconds(1))
        }
        for _ in 1...3 {
            let answered = try await eventually("a scrape from their own address", within: .seconds(15)) {
                if let body = scrape(exporter, from: "127.0.0.1") { return body }
                try await Task.sleep(for: .seconds(1))
                return nil
            }
            #expect(answered.hasSuffix("\n"))
        }
        try health(of: kept)
        kill(exporter.program.processID, SIGTERM)
        _ = try await eventually("it ends", within: .seconds(5)) { exporter.program.isRunning ? nil : true }
        #expect(await exporter.program.wait().status == 0)
    }
}
