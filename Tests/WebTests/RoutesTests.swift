import Exposition
import HTTPServer
import Ledger
import Metrics
import Operations
import Polling
import Testing

@testable import Web

@Suite struct RoutesTests {
    static let snapshot = AccountSnapshot(
        account: "default", resource: .messages, health: PollHealth(), ledger: LedgerState(), reading: .exclusive)
    let published = Published(initial: [snapshot], configuredAt: Timestamp(seconds: 1))

    private func respond(_ method: String, _ path: String, _ headers: [(String, String)] = []) -> ServerResponse {
        let request = ServerRequest(method: method, path: path, headers: headers.map { (name: $0, value: $1) })
        return Routes(published: published, telemetryPath: "/metrics").respond(to: request)
    }

    private func text(_ response: ServerResponse) -> String {
        String(decoding: response.body, as: UTF8.self)
    }

    @Test("the metrics say which format they are in, and are all there before the first poll")
    func metrics() {
        let response = respond("GET", "/metrics")
        #expect(response.status == 200)
        #expect(
            response.headers.map { "\($0.name): \($0.value)" } == [
                "Content-Type: text/plain; version=0.0.4; charset=utf-8", "Vary: Accept, Accept-Encoding",
            ])
        let lines = text(response).split(separator: "\n")
        #expect(lines.contains(#"twilio_comms_up{account="default",resource="messages"} 0"#))
        for outcome in ["sent", "delivered", "read", "undelivered", "unaddressable", "failed", "canceled"] {
            #expect(
                lines.contains(
                    "twilio_comms_message_outcomes_total{account=\"default\",resource=\"messages\",outcome=\"\(outcome)\"} 0"
                ))
        }
        for reason in [
            "auth", "throttled", "server_error", "client_error", "timeout", "network", "malformed", "pagination",
            "ledger",
        ] {
            #expect(
                lines.contains(
                    "twilio_comms_poll_failures_total{account=\"default\",resource=\"messages\",reason=\"\(reason)\"} 0"
                ))
        }
    }

    @Test("half a picture is not shown: the window is absent until a whole week was listed")
    func window() {
        #expect(!text(respond("GET", "/metrics")).contains("twilio_comms_window_"))
    }

    @Test("the process metrics have the names of every client library")
    func process() {
        let names = ProcessMetrics.families().map(\.name)
        #expect(
            names == [
                "process_cpu_seconds_total", "process_resident_memory_bytes", "process_virtual_memory_bytes",
                "process_start_time_seconds", "process_threads", "process_open_fds", "process_max_fds",
            ])
    }

    @Test("two scrapes of an unchanged account are equal byte for byte, the process's own lines aside")
    func stable() {
        let scrape = {
            text(respond("GET", "/metrics")).split(separator: "\n").filter { !$0.contains("process_") }
        }
        #expect(scrape() == scrape())
    }

    @Test("ready is 503 until a first poll has ended, while healthy is 200 from the start")
    func health() {
        #expect(respond("GET", "/-/healthy").status == 200)
        #expect(respond("GET", "/-/ready").status == 503)
    }

    @Test(
        "a method other than GET and HEAD is refused with the allowed ones",
        arguments: ["POST", "PUT", "DELETE", "OPTIONS"])
    func methods(method: String) {
        for path in ["/", "/metrics", "/-/healthy", "/-/ready"] {
            let response = respond(method, path)
            #expect(response.status == 405)
            #expect(response.headers.first { $0.name == "Allow" }?.value == "GET, HEAD")
        }
        #expect(respond("HEAD", "/metrics").status == 200)
    }

    @Test(
        "any other path is not found, whatever the method",
        arguments: ["/metrics/", "//metrics", "/metrics/..", "/-/", "/favicon.ico", ""])
    func unknownPaths(path: String) {
        #expect(respond("GET", path).status == 404)
        #expect(respond("POST", path).status == 404)
    }

    @Test("the page at / links to the metrics and the health endpoints")
    func landingPage() {
        let page = text(respond("GET", "/"))
        for link in ["href=\"/metrics\"", "href=\"/-/healthy\"", "href=\"/-/ready\""] { #expect(page.contains(link)) }
    }
}
