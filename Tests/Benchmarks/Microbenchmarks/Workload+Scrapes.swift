import HTTPServer
import Operations
import Web

extension Workload {
    /// What is done for each scrape, but for what the sockets take.
    static let scrapes = [
        scrape("scrape", "answers a scrape of one account in OpenMetrics, uncompressed", coding: "identity"),
        scrape("scrape-gzip", "answers a scrape of one account in OpenMetrics, as gzip", coding: "gzip"),
        scrape("scrape-anew", "answers the first scrape after a poll, as gzip", coding: "gzip", isAnew: true),
    ]

    /// What Prometheus 3 accepts.
    private static let accepted =
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
        + "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
        + "text/plain;version=0.0.4;q=0.2,*/*;q=0.1"

    private static func scrape(_ name: String, _ summary: String, coding: String, isAnew: Bool = false) -> Workload {
        Workload(name, summary, "is the status", rounds: 50) { _, _ in
            let snapshot = try snapshot()
            let published = Published(initial: [snapshot], configuredAt: OperationList.now)
            let routes = Routes(published: published, telemetryPath: "/metrics") { _, _ in false }
            let request = ServerRequest(
                method: "GET", path: "/metrics", headers: [("Accept", accepted), ("Accept-Encoding", coding)])
            return { _ in
                if isAnew { published.publish(snapshot) }
                guard case .now(let response) = routes.respond(to: request) else { return 0 }
                return response.status
            }
        }
    }
}
