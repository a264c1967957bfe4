import ArgumentParser
import Console
import Logging
import Metrics

/// The command line, in the style of the Prometheus ecosystem. Credentials come from the environment, never from here.
struct Flags: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: Build.name,
        abstract: "Polls Twilio's Message Operations in the background and serves them to Prometheus.",
        discussion: """
            Credentials come from the environment: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and \
            TWILIO_API_KEY_SECRET. A secret may be given as the path of a file instead, in TWILIO_AUTH_TOKEN_FILE or \
            TWILIO_API_KEY_SECRET_FILE, which is read again when it changes.
            """)

    @Option(
        name: .customLong("web.listen-address"),
        help: ArgumentHelp("Where to serve; may be repeated.", valueName: "address"))
    var listenAddresses: [String] = [":10042"]

    @Flag(
        name: .customLong("web.systemd-socket"),
        help: "Serve on the sockets that systemd passes, instead of --web.listen-address.")
    var usesSystemdSockets = false

    @Option(
        name: .customLong("web.telemetry-path"), help: ArgumentHelp("Path of the metrics.", valueName: "path"))
    var telemetryPath = "/metrics"

    @Option(
        name: .customLong("web.max-requests"),
        help: ArgumentHelp(
            "Requests answered at a time, but for those below /-/; 0 for no limit.", valueName: "number"))
    var maxRequests = "40"

    @Option(
        name: .customLong("twilio.base-url"), help: ArgumentHelp("Where the API is.", valueName: "url"))
    var baseURL = "https://comms.twilio.com"

    @Option(
        name: .customLong("poll.interval"),
        help: ArgumentHelp("From one poll of the API to the next.", valueName: "duration"))
    var pollInterval = "30s"

    @Option(
        name: .customLong("storage.path"),
        help: ArgumentHelp("Folder of the ledger; :memory: keeps none.", valueName: "folder"))
    var storagePath = "data"

    @Option(name: .customLong("log.level"), help: "Least severity that is logged.")
    var logLevel = LogLevel.info

    @Option(name: .customLong("log.format"), help: "How log lines are written, to stderr.")
    var logFormat = LogFormat.logfmt

    @Flag(help: "Poll once, print the metrics, exit 0, or 1 if the poll failed.")
    var once = false

    @Flag(help: "Print the version and exit.")
    var version = false
}

/// The levels of `--log.level`, under the names the ecosystem uses.
enum LogLevel: String, CaseIterable, ExpressibleByArgument {
    case debug, info, warn, error

    var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warn: .warning
        case .error: .error
        }
    }
}

extension LogFormat: ExpressibleByArgument {}
