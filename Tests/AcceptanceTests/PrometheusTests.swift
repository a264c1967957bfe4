import Foundation
import TestSupport
import Testing

/// The whole chain: simulator, exporter, Prometheus, rules and dashboard.
@Suite(.fewAtATime) struct PrometheusTests {
    @Test(
        "each real Prometheus scrapes for a minute without an error, rates have data, and so has every query of the dashboards"
    )
    func chain() async throws {
        let storage = try TemporaryFolder()
        let simulator = try await SimulatorProcess(["--rate=600", "--pace=60", "--history=7d", "--history-rate=20"])
        let exporter = try await ExporterProcess(baseURL: simulator.baseURL, storage: storage.path)
        // All releases at once, since minutes have to pass.
        var prometheuses: [PrometheusProcess] = []
        for release in PrometheusRelease.available() {
            prometheuses.append(try await PrometheusProcess(release, scraping: exporter.port))
        }
        for prometheus in prometheuses {
            try await expectMinute(of: prometheus)
            try await expectDashboards(by: prometheus)
        }
        for prometheus in prometheuses {
            let log = await prometheus.program.end().errors
            #expect(!log.contains("Evaluating rule failed"), "\(prometheus.release)")
        }
        #expect(await exporter.program.end().errors.contains("level=error") == false)
    }

    private func expectMinute(of prometheus: PrometheusProcess) async throws {
        let minuteAgo = #"up{job="twilio-comms-exporter"} offset 1m"#
        _ = try await eventually("scrapes of a minute", within: .seconds(240)) {
            try await prometheus.query(minuteAgo).first
        }
        let scraped = try await prometheus.query(#"min_over_time(up{job="twilio-comms-exporter"}[90s])"#)
        #expect(scraped == [1], "\(prometheus.release)")
        let rates = try await prometheus.query("rate(twilio_comms_message_outcomes_total[30s])")
        #expect(rates.count == 7, "\(prometheus.release)")
        #expect(rates.contains { $0 > 0 }, "\(prometheus.release)")
        let firing = try await prometheus.query(#"sum(ALERTS{alertname=~"TwilioComms.*",alertstate="firing"})"#)
        #expect(firing == [], "\(prometheus.release)")
    }

    private func expectDashboards(by prometheus: PrometheusProcess) async throws {
        let queries = try Program(
            path: "/usr/bin/python3",
            [
                "\(PrometheusProcess.repository)/grafana/query.py", "--rate-interval=30s", "--range=1m",
                "\(PrometheusProcess.repository)/grafana/dashboards/overview.json",
                "\(PrometheusProcess.repository)/grafana/dashboards/exporter.json", prometheus.url,
            ], environment: ["PYTHONDONTWRITEBYTECODE": "1"])
        let (status, output, errors) = await queries.wait()
        #expect(status == 0, "\(prometheus.release): \(output)\(errors)")
    }

    @Test("promtool finds nothing to say about a live exposition")
    func promtool() async throws {
        let simulator = try await SimulatorProcess(["--history=1d", "--history-rate=20"])
        let exporter = try await ExporterProcess(baseURL: simulator.baseURL, storage: ":memory:")
        _ = try await exporter.scrape(when: "the first week is listed") { $0[TruthTests.week] ?? 0 > 0 }
        let folder = try TemporaryFolder()
        let file = folder.path + "/metrics.prom"
        try await exporter.get("/metrics").text.write(toFile: file, atomically: true, encoding: .utf8)
        for release in PrometheusRelease.available() {
            let check = try Program(
                path: "/bin/sh", ["-c", "exec \"$0\" check metrics < \"$1\"", release.path(of: "promtool"), file])
            let (status, output, errors) = await check.wait()
            #expect(status == 0, "\(release)")
            #expect(output + errors == "", "\(release)")
        }
    }
}
