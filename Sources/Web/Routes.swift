internal import Exposition
package import HTTPServer
internal import Operations

/// What the web side answers, by path.
package struct Routes: Sendable {
    private let published: Published
    private let telemetryPath: String

    package init(published: Published, telemetryPath: String) {
        self.published = published
        self.telemetryPath = telemetryPath
    }

    /// Called by the server's threads; never blocks on the API or the disk.
    package func respond(to request: ServerRequest) -> ServerResponse {
        guard let answer = answer(for: request.path) else {
            return .text(404, "Not found. The metrics are at \(telemetryPath).\n")
        }
        guard request.method == "GET" || request.method == "HEAD" else {
            return .text(405, "Only GET and HEAD are allowed here.\n", headers: [("Allow", "GET, HEAD")])
        }
        return answer()
    }

    private func answer(for path: String) -> (() -> ServerResponse)? {
        switch path {
        case telemetryPath: metrics
        case "/": status
        case Stylesheet.path: { Stylesheet.response }
        case "/-/healthy": { .text(200, "Healthy.\n") }
        case "/-/ready": ready
        default: nil
        }
    }

    private func status() -> ServerResponse {
        StatusPage(snapshots: published.snapshots, telemetryPath: telemetryPath, now: .wallClock()).response
    }

    private func metrics() -> ServerResponse {
        ServerResponse(
            status: 200, headers: [("Content-Type", TextEncoder.contentType)], body: published.exposition())
    }

    private func ready() -> ServerResponse {
        published.isReady ? .text(200, "Ready.\n") : .text(503, "Not ready: no first poll has ended yet.\n")
    }
}
