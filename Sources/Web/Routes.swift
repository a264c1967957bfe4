internal import Exposition
package import HTTPServer
internal import Operations

/// What the web side answers, by path.
package struct Routes: Sendable {
    private let published: Published
    private let telemetryPath: String
    private let reload: @Sendable () -> [String]

    /// `reload` reads the configuration again and returns the faults for which it has changed nothing.
    package init(
        published: Published, telemetryPath: String, reload: @escaping @Sendable () -> [String] = { [] }
    ) {
        self.published = published
        self.telemetryPath = telemetryPath
        self.reload = reload
    }

    /// Called by the server's threads; never blocks on the API, and on the disk only to reload.
    package func respond(to request: ServerRequest) -> ServerResponse {
        guard request.path != "/-/reload" else { return reload(request) }
        guard let answer = answer(for: request) else {
            return .text(404, "Not found. The metrics are at \(telemetryPath).\n")
        }
        guard request.method == "GET" || request.method == "HEAD" else {
            return .text(405, "Only GET and HEAD are allowed here.\n", headers: [("Allow", "GET, HEAD")])
        }
        return answer()
    }

    private func answer(for request: ServerRequest) -> (() -> ServerResponse)? {
        switch request.path {
        case telemetryPath: { metrics(request) }
        case "/": status
        case Stylesheet.path: { Stylesheet.response }
        case "/config": { .text(200, published.configurationText) }
        case "/-/healthy": { .text(200, "Healthy.\n") }
        case "/-/ready": ready
        default: nil
        }
    }

    private func status() -> ServerResponse {
        StatusPage(snapshots: published.snapshots, telemetryPath: telemetryPath, now: .wallClock()).response
    }

    private func metrics(_ request: ServerRequest) -> ServerResponse {
        let negotiation = Negotiation(accept: request.header("Accept"))
        let syntax = negotiation.format.syntax
        var headers = [(name: "Content-Type", value: negotiation.contentType), ("Vary", "Accept, Accept-Encoding")]
        if ContentCoding(acceptEncoding: request.header("Accept-Encoding")) == .gzip,
            let body = published.compressedExposition(syntax)
        {
            headers.append(("Content-Encoding", "gzip"))
            return ServerResponse(status: 200, headers: headers, body: body)
        }
        return ServerResponse(status: 200, headers: headers, body: published.exposition(syntax))
    }

    private func reload(_ request: ServerRequest) -> ServerResponse {
        guard request.method == "POST" else {
            return .text(405, "Only POST is allowed here.\n", headers: [("Allow", "POST")])
        }
        let faults = reload()
        return faults.isEmpty ? .text(200, "Reloaded.\n") : .text(500, faults.map { $0 + "\n" }.joined())
    }

    private func ready() -> ServerResponse {
        published.isReady ? .text(200, "Ready.\n") : .text(503, "Not ready: no first poll has ended yet.\n")
    }
}
