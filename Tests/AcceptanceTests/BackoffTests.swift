import Foundation
import HTTPServer
import Locking
import TestSupport
import Testing

/// The built exporter while the API refuses its credentials, with an interval longer than any test waits.
@Suite(.fewAtATime) struct BackoffTests {
    private static let refusals = series("poll_failures_total", #"reason="auth""#)

    @Test("a token that is corrected in its file is tried at once")
    func correctedToken() async throws {
        let folder = try TemporaryFolder()
        let simulator = try await SimulatorProcess(["--history=1h"])
        let token = URL(fileURLWithPath: folder.path + "/token")
        try Data("wrong".utf8).write(to: token)
        let exporter = try await ExporterProcess(
            baseURL: simulator.baseURL, storage: ":memory:", interval: "1h",
            environment: [
                "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000000", "TWILIO_AUTH_TOKEN_FILE": token.path,
            ])
        _ = try await exporter.scrape(when: "the token is refused") { $0[Self.refusals] == 1 }
        try Data("simulator\n".utf8).write(to: token)
        let counting = try await exporter.scrape(when: "the new token is taken") { $0[FaultTests.up] == 1 }
        #expect(counting[Self.refusals] == 1)
    }

    @Test("credentials that were refused are tried again at a reload, whatever pause the refusal asked for")
    func reload() async throws {
        let isRefusing = Locked(true)
        let api = try StandIn { request in
            isRefusing.withLock(\.self)
                ? ServerResponse(status: 403, headers: [("Retry-After", "300")], body: []) : SeedSample.answer(request)
        }
        let exporter = try await ExporterProcess(baseURL: api.baseURL, storage: ":memory:", interval: "1h")
        _ = try await exporter.scrape(when: "the credentials are refused") { $0[Self.refusals] == 1 }
        isRefusing.withLock { $0 = false }
        #expect(try exporter.reload().status == 200)
        _ = try await exporter.scrape(when: "they are taken") { $0[FaultTests.up] == 1 }
    }
}
