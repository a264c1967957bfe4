import Foundation
import TestSupport
import Testing

/// The way from Twilio to a pager: simulator, exporter, Prometheus with the repository's rules, Alertmanager, webhook.
@Suite(.fewAtATime) struct AlertTests {
    @Test("when messages fail, the failure alert reaches a webhook, and when they no longer do, it is resolved")
    func fire() async throws {
        let storage = try TemporaryFolder()
        let simulator = try await SimulatorProcess(
            ["--rate=1200", "--pace=600", "--history=1h", "--history-rate=60", "--failure-ratio=0.01"])
        let exporter = try await ExporterProcess(baseURL: simulator.baseURL, storage: storage.path)
        let rules = try await Self.rules(shortenedBy: 120)
        // All releases at once, since it takes as long as the rules' windows.
        var paths: [AlertPath] = []
        for release in PrometheusRelease.available() {
            paths.append(try await AlertPath(release, from: exporter, rules: rules.path))
        }
        defer { withExtendedLifetime(rules) {} }

        for path in paths { try await path.waitForCalm() }
        for path in paths {
            #expect(path.alertmanager.notifications.filter { $0.contains("FailureRatioHigh") } == [])
        }

        try await simulator.set("failure_ratio=0.6")
        for path in paths { try await path.alertmanager.notification("firing \(Self.alert)") }
        try await simulator.set("failure_ratio=0")
        for path in paths { try await path.alertmanager.notification("resolved \(Self.alert)") }
        for path in paths { await path.prometheus.program.end() }
        #expect(await exporter.program.end().errors.contains("level=error") == false)
    }

    private static let alert =
        "TwilioCommsFailureRatioHigh severity=critical account=default resource=messages: "
        + "A large part of all messages fails before being sent."

    /// The repository's rules with all durations divided, in a folder of their own.
    private static func rules(shortenedBy factor: Int) async throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let prometheus = "\(PrometheusProcess.repository)/deploy/prometheus"
        let (status, _, errors) = try await Program(
            path: "/usr/bin/python3",
            ["\(prometheus)/shorten", "--factor", "\(factor)", "\(prometheus)/rules", folder.path]
        ).wait()
        try #require(status == 0, "\(errors)")
        return folder
    }
}

/// A Prometheus and the Alertmanager that it tells, both of one release.
private struct AlertPath {
    let prometheus: PrometheusProcess
    let alertmanager: AlertmanagerProcess

    init(_ release: PrometheusRelease, from exporter: ExporterProcess, rules: String) async throws {
        alertmanager = try await AlertmanagerProcess(release)
        prometheus = try await PrometheusProcess(
            release, scraping: exporter.port, every: "500ms", rules: rules, alertmanager: alertmanager.address,
            // A series that is gone is gone as many times faster as all else goes.
            ["--query.lookback-delta=5s"])
    }

    /// Waits until nothing may be said: the volume is there that the alert asks for, and the failures are not.
    func waitForCalm() async throws {
        let calm = """
            job_account_resource_slo:twilio_comms_messages_bad:ratio_increase15m{slo="failure"} < 0.1
            and job_account_resource_slo:twilio_comms_messages_judged:increase15m{slo="failure"} >= 100
            """
        _ = try await eventually("a window of few failures among more than enough messages", within: .seconds(120)) {
            try await prometheus.query(calm).first
        }
    }
}
