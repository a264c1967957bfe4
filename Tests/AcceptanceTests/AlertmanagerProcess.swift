import Foundation
import TestSupport

/// The real Alertmanager with the repository's own configuration, and the webhook that it calls.
struct AlertmanagerProcess {
    private let webhook: Program
    private let program: Program
    private let folder: TemporaryFolder
    /// Where it takes alerts, as `host:port`.
    let address: String

    /// What the webhook was told of, a line for each alert, as Webhook/receive.py writes them.
    var notifications: [Substring] {
        webhook.standardOutput.split(separator: "\n").filter { !$0.hasPrefix("port ") }
    }

    /// Starts both on free ports, and waits until they serve. Its configuration is `deploy/prometheus/alertmanager.yml`, with
    /// another URL, and waits of seconds instead of minutes.
    init(_ release: PrometheusRelease) async throws {
        folder = try TemporaryFolder()
        let webhook = try Program(
            path: "/usr/bin/python3", ["\(PrometheusProcess.repository)/Tests/AcceptanceTests/Webhook/receive.py"])
        self.webhook = webhook
        let port = try await eventually("the webhook serves") {
            webhook.standardOutput.firstMatch(of: /port (\d+)\n/).map(\.1)
        }
        let file = folder.path + "/alertmanager.yml"
        try Self.configuration(webhook: "http://127.0.0.1:\(port)/alerts")
            .write(toFile: file, atomically: true, encoding: .utf8)
        let program = try Program(
            path: release.path(of: "prometheus-alertmanager"),
            [
                "--config.file=\(file)", "--storage.path=\(folder.path)/data", "--cluster.listen-address=",
                "--web.listen-address=127.0.0.1:0",
            ])
        self.program = program
        address = try await eventually("Alertmanager listens") {
            program.standardError.firstMatch(of: /msg="?Listening on"? address=(127\.0\.0\.1:\d+)/).map { String($0.1) }
        }
    }

    private static func configuration(webhook url: String) throws -> String {
        try String(
            contentsOfFile: "\(PrometheusProcess.repository)/deploy/prometheus/alertmanager.yml", encoding: .utf8
        )
        .replacing("http://localhost:8080/alerts", with: url)
        .replacing("group_wait: 30s", with: "group_wait: 1s")
        .replacing("group_interval: 5m", with: "group_interval: 1s")
    }

    /// Waits until the webhook has been told of an alert.
    func notification(_ line: String, within limit: Duration = .seconds(120)) async throws {
        do {
            _ = try await eventually(line, within: limit) { notifications.contains { $0 == line } ? true : nil }
        } catch let error as NeverHappened {
            throw NeverHappened(description: "\(error); told of:\n\(notifications.joined(separator: "\n"))")
        }
    }
}
