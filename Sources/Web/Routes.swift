package import HTTPServer
internal import Operations

/// What the web side answers, by path.
package struct Routes: Sendable {
    /// Has the configuration read again for a client, and the faults told, for which that has changed nothing; does not block.
    /// False where too many wait to be told already.
    package typealias Reload = @Sendable (ClientAddress, _ tell: @escaping @Sendable ([String]) -> Void) -> Bool

    private let published: Published
    private let metrics: MetricsPage
    private let telemetryPath: String
    private let reload: Reload

    package init(published: Published, telemetryPath: String, reload: @escaping Reload) {
        self.published = published
        metrics = MetricsPage(published)
        self.telemetryPath = telemetryPath
        self.reload = reload
    }

    /// Called by the server's threads; never blocks on the API or a disk.
    package func respond(to request: ServerRequest) -> ServerAnswer {
        request.path == "/-/reload" ? reload(request) : .now(response(to: request))
    }

    private enum Page {
        case metrics, status, stylesheet, configuration, healthy, ready
    }

    private func response(to request: ServerRequest) -> ServerResponse {
        guard let page = page(at: request.path) else {
            return .text(404, "Not found. The metrics are at \(telemetryPath).\n")
        }
        guard request.method == "GET" || request.method == "HEAD" else {
            return .text(405, "Only GET and HEAD are allowed here.\n", headers: [("Allow", "GET, HEAD")])
        }
        return switch page {
        case .metrics: metrics.response(to: request)
        case .status: status()
        case .stylesheet: Stylesheet.response
        case .configuration: .text(200, published.configurationText)
        case .healthy: .text(200, "Healthy.\n")
        case .ready: ready()
        }
    }

    private func page(at path: String) -> Page? {
        switch path {
        case telemetryPath: .metrics
        case "/": .status
        case Stylesheet.path: .stylesheet
        case "/config": .configuration
        case "/-/healthy": .healthy
        case "/-/ready": .ready
        default: nil
        }
    }

    private func status() -> ServerResponse {
        StatusPage(snapshots: published.snapshots, telemetryPath: telemetryPath, now: .wallClock()).response
    }

    private func reload(_ request: ServerRequest) -> ServerAnswer {
        guard request.method == "POST" else {
            return .now(.text(405, "Only POST is allowed here.\n", headers: [("Allow", "POST")]))
        }
        let pending = PendingAnswer()
        let isTaken = reload(request.client) { faults in
            pending.resolve {
                .now(faults.isEmpty ? .text(200, "Reloaded.\n") : .text(500, faults.map { $0 + "\n" }.joined()))
            }
        }
        return isTaken
            ? .later(pending) : .now(.text(503, "Too many reloads wait already; try again later, or send SIGHUP.\n"))
    }

    private func ready() -> ServerResponse {
        published.isReady ? .text(200, "Ready.\n") : .text(503, "Not ready: no first poll has ended yet.\n")
    }
}
