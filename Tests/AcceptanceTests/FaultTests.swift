import Glibc
import HTTPServer
import Locking
import TestSupport
import Testing

/// What the built exporter does while the API does not do its part.
@Suite(.fewAtATime) struct FaultTests {
    static let up = series("up")
    static let polls = series("polls_total")

    static func failures(_ reason: String) -> String {
        series("poll_failures_total", "reason=\"\(reason)\"")
    }

    /// An API that answers nobody until it is let go.
    final class HangingAPI: Sendable {
        let asked = Latch()
        private let released = Locked(false)

        func answer(_: ServerRequest) -> ServerResponse {
            asked.open()
            while !released.withLock({ $0 }) { usleep(10_000) }
            return .json(#"{"operations":[]}"#)
        }

        func release() { released.withLock { $0 = true } }
    }

    @Test("scrapes are answered while the API hangs, and SIGTERM ends the exporter with status 0")
    func hangingAPI() async throws {
        let hanging = HangingAPI()
        let api = try StandIn(hanging.answer)
        defer { hanging.release() }
        let exporter = try await ExporterProcess(baseURL: api.baseURL, storage: ":memory:")
        await hanging.asked.wait()
        for _ in 0..<20 {
            let samples = try await exporter.scrape()
            #expect(samples[Self.up] == 0)
            #expect(samples[Self.polls] == 0)
        }
        #expect(try await exporter.get("/-/ready").status == 503)
        #expect(try await exporter.get("/-/healthy").status == 200)
        #expect(await exporter.program.end().status == 0)
    }

    @Test("refused credentials are up 0 and the reason auth, said once and without the token")
    func refusedCredentials() async throws {
        let api = try StandIn { _ in
            ServerResponse(status: 401, body: Array(#"{"code":20003,"message":"Authenticate","status":401}"#.utf8))
        }
        let exporter = try await ExporterProcess(
            baseURL: api.baseURL, storage: ":memory:",
            environment: [
                "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001", "TWILIO_AUTH_TOKEN": "hush-hush-token",
            ])
        let samples = try await exporter.scrape(when: "two polls were refused") { $0[Self.failures("auth")] ?? 0 >= 2 }
        #expect(samples[Self.up] == 0)
        #expect(samples[series("api_requests_total", #"code="401""#)] == samples[Self.polls])
        #expect(samples[series("last_successful_poll_timestamp_seconds")] == 0)
        #expect(try await exporter.get("/-/ready").status == 200)
        let pages = try await [exporter.get("/metrics").text, exporter.get("/").text]
        let end = await exporter.program.end()
        #expect(end.errors.split(separator: "\n").filter { $0.contains("level=error") }.count == 1)
        for text in pages + [end.output, end.errors] { #expect(!text.contains("hush-hush-token")) }
    }

    @Test(
        "an API that lies is up 0 with the reason, and what was counted stays",
        arguments: [
            ("<html>busy</html>", "malformed"), ("", "malformed"), ("null", "malformed"),
        ])
    func lyingAPI(body: String, reason: String) async throws {
        let answer = Locked(SeedSample.pageCreatedLater)
        let api = try LateAPI { _ in .json(answer.withLock { $0 }, headers: [SeedSample.date]) }
        let exporter = try await ExporterProcess(baseURL: api.baseURL, storage: ":memory:")
        let delivered = series("message_outcomes_total", #"outcome="delivered""#)
        _ = try await exporter.scrape(when: "a poll succeeded") { $0[Self.up] == 1 && $0[delivered] == 3 }
        answer.withLock { $0 = body }
        let samples = try await exporter.scrape(when: "a poll failed") { $0[Self.failures(reason)] ?? 0 >= 1 }
        #expect(samples[Self.up] == 0)
        #expect(samples[delivered] == 3)
        #expect(samples[series("window_operations", #"status="scheduled""#)] == 1)
        answer.withLock { $0 = SeedSample.pageCreatedLater }
        _ = try await exporter.scrape(when: "it polls again") { $0[Self.up] == 1 }
        #expect(await exporter.program.end().status == 0)
    }

    @Test("an API that is not there is up 0 and the reason network")
    func unreachable() async throws {
        var api: StandIn? = try StandIn { _ in .text(200, "") }
        let baseURL = try #require(api).baseURL
        api = nil
        let (status, output, _) = try await Program(
            "twilio-comms-exporter", ["--once", "--storage.path=:memory:", "--twilio.base-url=\(baseURL)"],
            environment: ExporterProcess.credentials
        ).wait()
        #expect(status == 1)
        let samples = Samples(output)
        #expect(samples[Self.up] == 0)
        #expect(samples[Self.failures("network")] == 1)
        #expect(samples[series("api_requests_total", #"code="error""#)] == 3)
        #expect(samples[series("api_retries_total", #"reason="network""#)] == 2)
    }
}
