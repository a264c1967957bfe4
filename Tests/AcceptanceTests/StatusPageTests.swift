import Foundation
import HTTPServer
import TestSupport
import Testing

/// What an operator sees in a real browser.
@Suite(.fewAtATime) struct StatusPageTests {
    /// What `look.py` says of a page.
    private struct Seen: Decodable {
        let title: String
        /// The text as it is laid out.
        let text: String
        let links: [String]
        let background: String
        /// How much wider the page is than the window, in pixels.
        let overflow: Int
        /// Whether each outcome's bar has a width.
        let bars: [Bool]
        let chart: Int
        /// What the browser complains about: violations of the page's policy, missing resources.
        let complaints: [String]
        let requests: [String]
    }

    private func look(at exporter: ExporterProcess, width: Int = 1100, _ scheme: String = "light") async throws -> Seen
    {
        try await look(at: "http://127.0.0.1:\(exporter.port)/", width: width, scheme)
    }

    private func look(at url: String, width: Int = 1100, _ scheme: String = "light") async throws -> Seen {
        let script = Bundle.module.bundleURL.appending(path: "Browser/look.py").path
        // SCREENSHOTS names a folder to leave the pictures in, for people to look at.
        let picture =
            ProcessInfo.processInfo.environment["SCREENSHOTS"].map {
                ["\($0)/\(width)-\(scheme)-\(url.filter(\.isNumber)).png"]
            }
            ?? []
        let browser = try Program(
            path: "/usr/bin/python3", [script, url, "\(width)", scheme] + picture,
            environment: ["PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"])
        let (status, output, errors) = await browser.wait()
        try #require(status == 0, "\(errors)")
        return try JSONDecoder().decode(Seen.self, from: Data(output.utf8))
    }

    @Test("a desk and a phone, light and dark: everything is there, fits, and needs nothing from elsewhere")
    func sizes() async throws {
        let simulator = try await SimulatorProcess([
            "--rate=600", "--pace=60", "--failure-ratio=0.1", "--history=1d", "--history-rate=20",
        ])
        let exporter = try await ExporterProcess(baseURL: simulator.baseURL, storage: ":memory:")
        _ = try await exporter.scrape(when: "polls have counted messages that failed") {
            $0[series("polls_total")] ?? 0 > 2 && $0[series("message_outcomes_total", "outcome=\"failed\"")] ?? 0 > 0
        }
        for (width, scheme, background) in [
            (1100, "light", "rgb(244, 246, 248)"), (1100, "dark", "rgb(18, 22, 27)"),
            (360, "light", "rgb(244, 246, 248)"), (360, "dark", "rgb(18, 22, 27)"),
        ] {
            let seen = try await look(at: exporter, width: width, scheme)
            #expect(seen.title == "Up · twilio-comms-exporter")
            #expect(seen.background == background)
            #expect(seen.overflow == 0)
            #expect(seen.complaints == [])
            #expect(seen.requests.count == 2)
            #expect(!seen.bars.isEmpty && seen.bars.allSatisfy { $0 })
            #expect(seen.chart > 0)
            for text in [
                "default messages up", "Last success", "Oldest unfinished", "delivered", "week", "messages failed",
                "exclusive", "Version 0.1.0",
            ] {
                #expect(seen.text.contains(text), "\(text) is not in \(seen.text)")
            }
        }
        #expect(await exporter.program.end().status == 0)
    }

    @Test("at the top of several accounts is which one is down, since when and why, and how old the data is")
    func several() async throws {
        let file = try AccountsFile()
        let good = try await SimulatorProcess(["--rate=600", "--pace=60", "--history=1d", "--history-rate=20"])
        let bad = try await SimulatorProcess(["--rate=600", "--pace=60", "--failure-ratio=0.2", "--history=1h"])
        let slow = try await SimulatorProcess(["--history=1h"])
        try await slow.set("hang=60")
        try file.write(
            .init(name: "marketing", baseURL: good.baseURL, more: "resources: [messages, emails]"),
            .init(name: "newcomer", baseURL: slow.baseURL), .init(name: "support", baseURL: bad.baseURL))
        let exporter = try await file.start()
        _ = try await exporter.scrape(when: "two accounts have counted") { samples in
            ["marketing", "support"].allSatisfy {
                samples[series("polls_total", account: $0)] ?? 0 > 2
                    && samples[series("messages_total", account: $0)] ?? 0 > 0
            }
        }
        try await bad.set("fault=401")
        _ = try await exporter.scrape(when: "one is down") { $0[series("up", account: "support")] == 0 }
        for (width, scheme) in [(1100, "light"), (1100, "dark"), (360, "light"), (360, "dark")] {
            let seen = try await look(at: exporter, width: width, scheme)
            #expect(seen.title == "1 of 4 down · twilio-comms-exporter")
            #expect(seen.overflow == 0)
            #expect(seen.complaints == [])
            let top = seen.text.prefix(500)
            for text in ["oldest data from", "and none yet of 1", "support messages down first failed", "401"] {
                #expect(top.contains(text), "\(text) is not in \(top)")
            }
            for text in [
                "E-mails", "A file with a new secret is read again", "still counted if polls succeed again by",
                "not known yet",
            ] {
                #expect(seen.text.contains(text), "\(text) is not in \(seen.text)")
            }
        }
        #expect(await exporter.program.end().status == 0)
    }

    @Test("what is wrong is said in words a browser shows as they are, and every link leads somewhere")
    func trouble() async throws {
        let api = try StandIn { _ in
            ServerResponse.json(#"{"code": 1, "message": "<script>document.title='x'</script>"}"#).changed(status: 400)
        }
        let exporter = try await ExporterProcess(baseURL: api.baseURL, storage: ":memory:")
        _ = try await exporter.scrape(when: "a poll has failed") { $0[series("polls_total")] ?? 0 > 0 }
        let seen = try await look(at: exporter)
        #expect(seen.title == "Down · twilio-comms-exporter")
        #expect(seen.text.contains("Failing since 20"))
        #expect(seen.text.contains("<script>document.title='x'</script>"))
        #expect(seen.complaints == [])
        #expect(seen.links == ["./metrics", "./config", "./-/healthy", "./-/ready"])
        for link in seen.links { #expect(try await exporter.get(String(link.dropFirst())).status == 200, "\(link)") }
    }

    @Test("behind a proxy that strips a prefix, the page has its style, and every link leads somewhere")
    func prefix() async throws {
        let exporter = try await ExporterProcess(
            ["--web.telemetry-path=/a:b/c"], baseURL: "http://127.0.0.1:9", storage: ":memory:")
        let prefix = "/some/where"
        let proxy = try StandIn { [port = UInt16(exporter.port)] request in
            guard request.path.hasPrefix(prefix + "/"), let client = try? RawSocket(port: port),
                case let path = request.path.dropFirst(prefix.count),
                case ()? = try? client.send("GET \(path) HTTP/1.1\r\nHost: exporter\r\n\r\n"),
                let answer = try? client.readResponse()
            else { return .text(404, "nothing here") }
            return ServerResponse(
                status: answer.status, headers: [("Content-Type", answer.header("Content-Type") ?? "")],
                body: answer.bytes)
        }
        let page = proxy.baseURL + prefix + "/"
        let seen = try await look(at: page)
        #expect(seen.background == "rgb(244, 246, 248)")
        #expect(seen.complaints == [])
        #expect(seen.requests == [page, page + "style.css"])
        #expect(seen.links == ["./a:b/c", "./config", "./-/healthy", "./-/ready"])
        for link in seen.links where link != "./-/ready" {
            #expect(try await TestHTTP.get(page + link.dropFirst(2)).status == 200, "\(link)")
        }
        #expect(await exporter.program.end().status == 0)
    }
}
