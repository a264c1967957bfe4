import Foundation
import TestSupport

/// The real VictoriaMetrics, scraping one exporter once a second.
struct VictoriaMetricsProcess: PrometheusAPI {
    let url: String
    private let program: Program
    private let folder: TemporaryFolder

    /// Starts on a free port and waits until it serves. Queries show even the newest samples.
    init(scraping port: Int) async throws {
        folder = try TemporaryFolder()
        let file = folder.path + "/scrape.yml"
        try """
        global: {scrape_interval: 1s, scrape_timeout: 1s}
        scrape_configs:
          - job_name: twilio-comms-exporter
            static_configs: [{targets: ["127.0.0.1:\(port)"]}]
        """.write(toFile: file, atomically: true, encoding: .utf8)
        program = try Program(
            path: PrometheusRelease.newer.path(of: "victoria-metrics"),
            [
                "-promscrape.config=\(file)", "-storageDataPath=\(folder.path)/data", "-httpListenAddr=127.0.0.1:0",
                "-search.latencyOffset=0s",
            ])
        url = try await program.victoriaMetricsURL()
    }
}

/// The real vmalert, evaluating the repository's rules.
struct VMAlertProcess {
    /// A rule's state.
    struct Rule: Decodable {
        let name: String
        let lastError: String
        let lastEvaluation: String
        let lastSamples: Int

        var isEvaluated: Bool { !lastEvaluation.hasPrefix("0001-01-01") }
    }

    private let url: String
    private let program: Program

    /// Starts on a free port and waits until it serves. Reads from and writes to a VictoriaMetrics, and tells nobody of
    /// alerts. All groups of rules begin within a second.
    init(_ database: VictoriaMetricsProcess) async throws {
        program = try Program(
            path: PrometheusRelease.newer.path(of: "vmalert"),
            [
                "-rule=\(PrometheusProcess.repository)/deploy/prometheus/rules/*.yml", "-notifier.blackhole",
                "-datasource.url=\(database.url)", "-remoteWrite.url=\(database.url)", "-rule.evalDelay=0",
                "-evaluationInterval=1s", "-group.maxStartDelay=1s", "-httpListenAddr=127.0.0.1:0",
            ])
        url = try await program.victoriaMetricsURL()
    }

    /// The rules of all groups.
    func rules() async throws -> [Rule] {
        struct Body: Decodable {
            struct Data: Decodable { let groups: [Group] }
            struct Group: Decodable { let rules: [Rule] }
            let data: Data
        }
        let (status, text) = try await TestHTTP.get("\(url)/api/v1/rules")
        guard status == 200 else { throw NeverHappened(description: "vmalert's rules: \(text)") }
        return try JSONDecoder().decode(Body.self, from: Foundation.Data(text.utf8)).data.groups.flatMap(\.rules)
    }
}

extension Program {
    /// Waits until one of VictoriaMetrics' programs serves, and returns its address.
    fileprivate func victoriaMetricsURL() async throws -> String {
        try await eventually("VictoriaMetrics serves") {
            standardError.firstMatch(of: /started server at (http:\/\/127\.0\.0\.1:\d+)\//).map { String($0.1) }
        }
    }
}
