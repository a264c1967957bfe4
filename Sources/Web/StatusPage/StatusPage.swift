internal import HTTPServer
internal import Metrics
internal import Operations
internal import Polling

/// The page at `/`: how each account is doing, at a glance, and where everything is.
///
/// Written by the server as it is asked for; needs no script, and its policy allows none.
struct StatusPage {
    let snapshots: [AccountSnapshot]
    let telemetryPath: String
    let now: Timestamp

    var response: ServerResponse {
        ServerResponse(
            status: 200, headers: [("Content-Type", "text/html; charset=utf-8")] + Self.protection,
            body: Array(html.description.utf8))
    }

    /// Nothing but the exporter's own stylesheet, in nobody else's frame, and kept by no cache.
    static let protection: [(name: String, value: String)] = [
        (
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"), ("Cache-Control", "no-store"),
    ]

    var html: HTML {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(summary) · \(Build.name)</title>
        <link rel="stylesheet" href="\(Self.reference(to: Stylesheet.path))">
        </head>
        <body>
        <header>
        <h1>\(Build.name)</h1>
        <p><strong>\(summary)</strong> <span class="as-of">\(freshness)page of \(now.description)</span></p>
        \(overview)</header>
        <main>
        \(sections.map(\.html))</main>
        <footer>
        <nav>
        \(links.map { #"<a href="\#(Self.reference(to: $0.path))">\#($0.name)</a>\#n"# })</nav>
        <p>Version \(Build.version), revision \(Build.revision), Swift \(Build.swiftVersion), \(Build.platform).</p>
        </footer>
        </body>
        </html>

        """
    }

    private var sections: [AccountSection] { snapshots.map { AccountSection(snapshot: $0, now: now) } }

    /// A line for each account and resource, where there are several; first those that are down.
    private var overview: HTML {
        guard snapshots.count > 1 else { return "" }
        let down = sections.filter { $0.snapshot.health.failingSince != nil }
        let others = sections.filter { $0.snapshot.health.failingSince == nil }
        return """
            <ul class="overview">
            \((down + others).map(\.summary))</ul>

            """
    }

    /// How old what is shown may be: since when an account has not been polled successfully.
    private var freshness: HTML {
        guard !snapshots.isEmpty else { return "" }
        let successes = snapshots.compactMap(\.health.lastSuccess)
        guard let oldest = successes.min() else { return "no data yet, " }
        let missing = snapshots.count - successes.count
        let others = missing > 0 ? " and none yet of \(missing)" : ""
        return "\(snapshots.count > 1 ? "oldest data" : "data") from \(Wording.time(oldest, now: now))\(others), "
    }

    private var summary: String {
        guard !snapshots.isEmpty else { return "No accounts in this shard" }
        let down = snapshots.count { $0.health.failingSince != nil }
        let waiting = snapshots.count { !$0.health.hasPolled }
        guard down == 0 else { return snapshots.count == 1 ? "Down" : "\(down) of \(snapshots.count) down" }
        guard waiting == 0 else {
            return snapshots.count == 1 ? "Starting" : "\(waiting) of \(snapshots.count) starting"
        }
        return snapshots.count == 1 ? "Up" : "All \(snapshots.count) up"
    }

    /// A path as the page refers to it: from the page's own place, which a proxy may have moved below a prefix. The dot keeps a
    /// colon from making a scheme of what is before it (https://www.rfc-editor.org/rfc/rfc3986#section-4.2).
    private static func reference(to path: String) -> String { "." + path }

    private var links: [(path: String, name: String)] {
        [(telemetryPath, "Metrics"), ("/config", "Configuration"), ("/-/healthy", "Healthy"), ("/-/ready", "Ready")]
    }
}
