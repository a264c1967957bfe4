internal import HTTPServer
internal import Metrics

/// The page at `/`: what this is, and where its endpoints are.
struct LandingPage {
    let telemetryPath: String

    var response: ServerResponse {
        ServerResponse(
            status: 200,
            headers: [
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
                ("X-Content-Type-Options", "nosniff"),
            ],
            body: Array(html.utf8))
    }

    private var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <meta name="color-scheme" content="light dark">
        <title>\(Build.name)</title>
        <style>body { font-family: sans-serif; margin: 2em; max-width: 40em }</style>
        </head>
        <body>
        <h1>\(Build.name)</h1>
        <p>Prometheus exporter for Twilio Message Operations, version \(Build.version) (\(Self.escaped(Build.revision))).</p>
        <ul>
        <li><a href="\(Self.escaped(telemetryPath))">Metrics</a></li>
        <li><a href="/-/healthy">Healthy</a>: the process lives</li>
        <li><a href="/-/ready">Ready</a>: a first poll has ended</li>
        </ul>
        </body>
        </html>

        """
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { html, character in
            switch character {
            case "&": html += "&amp;"
            case "<": html += "&lt;"
            case ">": html += "&gt;"
            case "\"": html += "&quot;"
            default: html.append(character)
            }
        }
    }
}
