import Foundation
import TestSupport
import Testing

/// What scrapers of the built exporter notice of clients that take their time.
@Suite(.fewAtATime) struct SlowClientTests {
    private func exporter(_ arguments: [String] = []) async throws -> ExporterProcess {
        try await ExporterProcess(arguments, baseURL: "http://127.0.0.1:9", storage: ":memory:", interval: "1h")
    }

    private func health(of client: RawSocket) throws {
        try client.send("GET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(try client.readResponse().body == "Healthy.\n")
    }

    /// What must hold, for scrapers that ask once a second: of another address, each scrape is answered; from their own
    /// address, there are never 15 seconds without an answer; and who was there before keeps its connection.
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
        async let elsewhere = onOwnThread { Scraper(exporter.port, from: "127.0.0.3", times: 25) }
        async let amongThem = onOwnThread { Scraper(exporter.port, from: "127.0.0.1", times: 25) }
        let (other, same) = try await (elsewhere, amongThem)
        #expect(other.failures == [])
        #expect(other.longestWait < .seconds(15))
        #expect(same.longestWait < .seconds(15), "\(same.failures)")
        try health(of: kept)
        kill(exporter.program.processID, SIGTERM)
        _ = try await eventually("it ends", within: .seconds(5)) { exporter.program.isRunning ? nil : true }
        #expect(await exporter.program.wait().status == 0)
    }
}

/// What a scraper saw that asked once a second, over a new connection each time.
private struct Scraper {
    /// Which scrapes, from 0, were not answered with the whole page.
    private(set) var failures: [Int] = []
    /// The longest time without an answer, from the first question to the end of the last.
    private(set) var longestWait = Duration.zero

    /// Blocks until it has asked so many times.
    init(_ port: Int, from source: String, times: Int) {
        let start = ContinuousClock.now
        var lastAnswer = start
        for number in 0..<times {
            usleep(UInt32(max(0, (start + .seconds(number) - .now) / .microseconds(1))))
            let isAnswered = Self.isAnswered(port, from: source)
            longestWait = max(longestWait, .now - lastAnswer)
            if isAnswered { lastAnswer = .now } else { failures.append(number) }
        }
    }

    private static func isAnswered(_ port: Int, from source: String) -> Bool {
        guard let client = try? RawSocket(port: UInt16(port), from: source),
            (try? client.send("GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n")) != nil,
            let response = try? client.readResponse(), response.status == 200
        else { return false }
        return response.body.contains("\ntwilio_comms_up{") && response.body.hasSuffix("\n")
    }
}
