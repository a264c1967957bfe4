import Foundation
import TestSupport

/// The real Prometheus, scraping one exporter by the repository's own rules.
struct PrometheusProcess: PrometheusAPI {
    /// The top of the repository.
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    let release: PrometheusRelease
    let program: Program
    let url: String
    private let folder: TemporaryFolder

    /// Starts on a free port and waits until it serves. Scrapes and evaluates at an interval, by the rules of a folder, and
    /// tells an Alertmanager's `host:port` where there is one. `settings` are further lines of how it scrapes, each in
    /// braces of its own or a single value.
    init(
        _ release: PrometheusRelease = .installed, scraping port: Int, every interval: String = "2s",
        rules: String = "\(repository)/deploy/prometheus/rules", alertmanager: String? = nil, settings: [String] = [],
        _ flags: [String] = []
    ) async throws {
        self.release = release
        folder = try TemporaryFolder()
        let targets = alertmanager.map { "\"\($0)\"" } ?? ""
        let configuration = """
            global: {scrape_interval: \(interval), scrape_timeout: \(interval), evaluation_interval: \(interval)}
            rule_files: ["\(rules)/*.yml"]
            alerting: {alertmanagers: [{static_configs: [{targets: [\(targets)]}]}]}
            scrape_configs:
              - job_name: twilio-comms-exporter
                static_configs: [{targets: ["127.0.0.1:\(port)"]}]
            """ + settings.map { "\n    \($0)" }.joined()
        let file = folder.path + "/prometheus.yml"
        try configuration.write(toFile: file, atomically: true, encoding: .utf8)
        let program = try Program(
            path: release.path(of: "prometheus"),
            [
                "--config.file=\(file)", "--storage.tsdb.path=\(folder.path)/data",
                "--web.listen-address=127.0.0.1:0",
            ] + flags)
        self.program = program
        let url = try await eventually("Prometheus listens") {
            program.standardError.firstMatch(of: /msg="Listening on" (component=web )?address=(127\.0\.0\.1:\d+)/)
                .map { "http://\($0.2)" }
        }
        self.url = url
        _ = try await eventually("Prometheus is ready") {
            try await TestHTTP.get("\(url)/-/ready").status == 200 ? true : nil
        }
    }
}
