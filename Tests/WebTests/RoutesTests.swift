import Exposition
import Gzip
import Ledger
import Locking
import Metrics
import Operations
import Polling
import Testing

@testable import HTTPServer
@testable import Web

@Suite struct RoutesTests {
    static let snapshot = AccountSnapshot(
        account: "default", resource: .messages, health: PollHealth(), ledger: LedgerState(), reading: .exclusive)
    let published = Published(initial: [snapshot], configuredAt: Timestamp(seconds: 1))

    private func respond(_ method: String, _ path: String, _ headers: [(String, String)] = []) -> ServerResponse {
        let request = ServerRequest(method: method, path: path, headers: headers.map { (name: $0, value: $1) })
        let routes = Routes(published: published, telemetryPath: "/metrics") { _, _ in false }
        guard let response = routes.respond(to: request).response else {
            Issue.record("\(method) \(path) waits")
            return ServerResponse(status: 0)
        }
        return response
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

    @Test("HEAD has the headers of GET in every format", arguments: [true, false], ExpositionFormat.allCases)
    func head(isCompressed: Bool, format: ExpositionFormat) {
        let accept = format.parameters.reduce(format.mediaType) { "\($0);\($1.name)=\($1.value)" }
        let headers = [("accept", accept), ("accept-encoding", isCompressed ? "gzip" : "identity")]
        let answers = ["GET", "HEAD"].map { respond($0, "/metrics", headers) }
        let expected =
            ["Content-Type: \(format.contentType(.underscores))", "Vary: Accept, Accept-Encoding"]
            + (isCompressed ? ["Content-Encoding: gzip"] : [])
        for answer in answers {
            #expect(answer.status == 200)
            #expect(answer.headers.map { "\($0.name): \($0.value)" } == expected)
            #expect(!answer.body.isEmpty)
            #expect(answer.body.starts(with: [0x1f, 0x8b]) == isCompressed)
        }
    }

    @Test("a reload is asked for by POST alone, and answered when it has ended, with a line for each fault")
    func reload() throws {
        let asked = Locked<[@Sendable ([String]) -> Void]>([])
        let routes = Routes(published: published, telemetryPath: "/metrics") { _, tell in
            asked.withLock { $0.append(tell) }
            return true
        }
        let post = ServerRequest(method: "POST", path: "/-/reload")
        let answers = (0..<2).map { _ in routes.respond(to: post) }
        #expect(answers.allSatisfy { $0.response == nil })
        let tell = asked.withLock { $0 }
        tell[1]([])
        #expect(answers[0].response == nil)
        tell[0](["a.yml:1: b: c", "a.yml:2: d: e"])
        #expect(answers.map { $0.response?.status } == [500, 200])
        #expect(answers.map { $0.response.map(text) } == ["a.yml:1: b: c\na.yml:2: d: e\n", "Reloaded.\n"])
        for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
            let response = routes.respond(to: ServerRequest(method: method, path: "/-/reload")).response
            #expect(response?.status == 405)
            #expect(response?.headers.first { $0.name == "Allow" }?.value == "POST")
        }
        #expect(asked.withLock { $0.count } == 2)
    }

    @Test("where too many reloads wait, one more is refused")
    func tooManyReloads() {
        let routes = Routes(published: published, telemetryPath: "/metrics") { _, _ in false }
        let response = routes.respond(to: ServerRequest(method: "POST", path: "/-/reload")).response
        #expect(response?.status == 503)
        #expect(response.map(text) == "Too many reloads wait already; try again later, or send SIGHUP.\n")
    }

    @Test("the accounts shown are those that are told, old ones as they last were, and no others")
    func accounts() {
        func snapshot(_ account: String, polled: Bool = false) -> AccountSnapshot {
            AccountSnapshot(
                account: account, resource: .messages, health: PollHealth(), ledger: LedgerState(),
                reading: polled ? .cumulative : .exclusive)
        }
        let published = Published(initial: [], configuredAt: Timestamp(seconds: 1), shard: 1, shards: 3)
        #expect(published.isReady)
        published.show(
            [("a", .messages), ("b", .messages)], adding: [snapshot("b"), snapshot("a")], configuration: "first")
        published.publish(snapshot("b", polled: true))
        published.show([("c", .messages), ("b", .messages)], adding: [snapshot("c")], configuration: "second")
        published.publish(snapshot("a", polled: true))
        #expect(published.snapshots == [snapshot("c"), snapshot("b", polled: true)])
        #expect(published.configurationText == "second")
        let lines = String(decoding: published.exposition(), as: UTF8.self).split(separator: "\n")
        #expect(!lines.contains { $0.contains("account=\"a\"") })
        #expect(lines.contains(#"twilio_comms_exporter_shard_info{shard="1",shards="3"} 1"#))
        #expect(lines.contains("twilio_comms_exporter_config_last_reload_successful 1"))
        #expect(lines.contains("twilio_comms_exporter_config_last_reload_success_timestamp_seconds 1"))
        published.noteReload(success: nil)
        published.noteReload(success: Timestamp(seconds: 5))
        published.noteReload(success: nil)
        let after = String(decoding: published.exposition(), as: UTF8.self).split(separator: "\n")
        #expect(after.contains("twilio_comms_exporter_config_last_reload_successful 0"))
        #expect(after.contains("twilio_comms_exporter_config_last_reload_success_timestamp_seconds 5"))
    }

    @Test("no other page is negotiated", arguments: ["/", "/-/healthy", "/nothing"])
    func otherPages(path: String) {
        let headers = [("Accept", "application/openmetrics-text"), ("Accept-Encoding", "gzip")]
        #expect(respond("GET", path, headers).body == respond("GET", path).body)
    }

    @Test(
        "what the accounts say is encoded and compressed once, until it changes", arguments: ExpositionSyntax.allCases)
    func kept(syntax: ExpositionSyntax) throws {
        #expect(published.state.withLock { $0.plain.isEmpty && $0.compressed.isEmpty })
        _ = published.exposition(syntax)
        #expect(published.state.withLock { $0.plain.keys.map(\.self) == [syntax] && $0.compressed.isEmpty })
        _ = published.compressedExposition(syntax)
        #expect(published.state.withLock { $0.compressed.keys.map(\.self) == [syntax] })

        // What is kept is what is served: here it is something else than the accounts say.
        let mark = Array("# kept\n".utf8)
        let piece = try #require(Deflated(mark))
        published.state.withLock { ($0.plain[syntax], $0.compressed[syntax]) = (mark, piece) }
        #expect(published.exposition(syntax).starts(with: mark))
        #expect(published.compressedExposition(syntax)?.starts(with: piece.gzip(then: [])?.prefix(20) ?? []) == true)

        published.publish(Self.snapshot)
        #expect(published.state.withLock { $0.plain.isEmpty && $0.compressed.isEmpty })
        #expect(!published.exposition(syntax).starts(with: mark))
    }

    @Test("a change is in the next scrape of every format, whoever scraped before")
    func change() {
        for syntax in ExpositionSyntax.allCases { _ = published.compressedExposition(syntax) }
        let before = published.state.withLock { $0 }
        published.publish(
            AccountSnapshot(
                account: "default", resource: .messages, health: PollHealth(), ledger: LedgerState(),
                reading: .cumulative))
        for syntax in ExpositionSyntax.allCases { _ = published.compressedExposition(syntax) }
        let after = published.state.withLock { $0 }
        for syntax in ExpositionSyntax.allCases {
            #expect(after.plain[syntax] != before.plain[syntax])
            #expect(after.compressed[syntax] != before.compressed[syntax])
        }
    }

    @Test("all who ask for the same form get the same response, until something in it changes")
    func sharedResponse() {
        let routes = Routes(published: published, telemetryPath: "/metrics") { _, _ in false }
        func scrape(_ accept: String, _ coding: String = "gzip") -> ServerResponse? {
            let headers = [(name: "Accept", value: accept), ("Accept-Encoding", coding)]
            return routes.respond(to: ServerRequest(method: "GET", path: "/metrics", headers: headers)).response
        }
        // A page serves for a second, which a machine may take for these few lines.
        var first, same, written, plain, openMetrics: ServerResponse?
        var edition: Published.Edition
        repeat {
            edition = published.edition
            first = scrape("text/plain")
            (same, written) = (scrape("text/plain"), scrape("text/plain;q=0.5"))
            (plain, openMetrics) = (scrape("text/plain", "identity"), scrape("application/openmetrics-text"))
        } while !published.isPresent(edition)
        #expect(first != nil && same === first && written === first)
        #expect(plain !== first && openMetrics !== first)
        published.publish(Self.snapshot)
        let second = scrape("text/plain")
        #expect(second !== first)
        published.noteReload(success: Timestamp(seconds: 5))
        #expect(scrape("text/plain") !== second)
    }

    @Test("a header that came twice is taken as one, each time")
    func repeatedHeaders() {
        let routes = Routes(published: published, telemetryPath: "/metrics") { _, _ in false }
        func type(_ headers: [(name: String, value: String)]) -> String? {
            let request = ServerRequest(method: "GET", path: "/metrics", headers: headers)
            return routes.respond(to: request).response?.headers.first { $0.name == "Content-Type" }?.value
        }
        for _ in 0..<20 {
            let twice = [(name: "Accept", value: "text/plain;q=0.1"), ("Accept", "application/openmetrics-text")]
            #expect(type(twice)?.hasPrefix("application/openmetrics-text; version=1.0.0") == true)
            #expect(type([("Accept", "text/plain")])?.hasPrefix("text/plain; version=0.0.4") == true)
        }
    }

    @Test("many wishes are answered each in its form, though few pages are kept")
    func manyWishes() {
        let routes = Routes(published: published, telemetryPath: "/metrics") { _, _ in false }
        for round in 0..<3 {
            for format in ExpositionFormat.allCases {
                for other in 0..<10 {
                    let parameters = format.parameters.map { ";\($0.name)=\($0.value)" }.joined()
                    let accept = "\(format.mediaType)\(parameters), a/\(other);q=0.\(round)"
                    let request = ServerRequest(method: "GET", path: "/metrics", headers: [("Accept", accept)])
                    let type = routes.respond(to: request).response?.headers.first { $0.name == "Content-Type" }?.value
                    #expect(type == format.contentType(.underscores))
                }
            }
        }
    }

    @Test("the process is looked at when the last look is a second old, and not before")
    func oneLookASecond() {
        var own = OwnMetrics(
            ConfigurationMetrics(configuredAt: Timestamp(seconds: 1), shard: 0, shards: 1), began: Timestamp(seconds: 1)
        ) { 7 }
        let looks = [0, 999, 1000, 1500, 2000].map { own.refresh(at: Uptime(rawValue: 7 + $0 * 1_000_000)).rawValue }
        #expect(looks == [1_000_000_007, 1_000_000_007, 2_000_000_007, 2_000_000_007, 3_000_000_007])
    }

    @Test("counters of the process began with its polling, those of a ledger without birth never did")
    func starts() {
        let health = PollHealth(began: Timestamp(milliseconds: 1_713_628_800_250))
        let snapshot = AccountSnapshot(
            account: "default", resource: .messages, health: health, ledger: LedgerState(), reading: .exclusive)
        let text = String(
            decoding: Published(initial: [snapshot], configuredAt: Timestamp(seconds: 1)).exposition(.openMetrics),
            as: UTF8.self)
        let all = text.split(separator: "\n").filter { $0.contains("_created") && !$0.hasPrefix("process_") }
        // The log's begins with the process.
        let starts = all.filter { $0 != "twilio_comms_log_lines_dropped_created 1" }
        #expect(starts.count == all.count - 1)
        #expect(starts.allSatisfy { $0.hasSuffix(" 1713628800.25") })
        #expect(
            Set(starts.compactMap { $0.split(separator: "{").first }) == [
                "twilio_comms_polls_created", "twilio_comms_poll_failures_created",
                "twilio_comms_poll_duration_seconds_created", "twilio_comms_invalid_operations_created",
                "twilio_comms_api_requests_created", "twilio_comms_api_retries_created",
                "twilio_comms_api_throttled_seconds_created", "twilio_comms_api_request_duration_seconds_created",
            ])
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
        for link in ["href=\"./metrics\"", "href=\"./-/healthy\"", "href=\"./-/ready\""] {
            #expect(page.contains(link))
        }
    }
}
