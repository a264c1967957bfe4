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
            TWILIO_API_KEY_SECRET_FILE, which is read again when it changes. A configuration file has more accounts; \
            SIGHUP and POST /-/reload read it again.

            \(Build.name) healthcheck asks the exporter on this machine whether it lives, for containers.
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
        name: .customLong("web.config.file"),
        help: ArgumentHelp(
            "TLS, logins and limits, in the ecosystem's format; read again when it changes.", valueName: "file"),
        completion: .file())
    var webConfigFile: String?

    @Option(
        name: .customLong("web.max-requests"),
        help: ArgumentHelp(
            "Requests answered at a time, but for those below /-/; 0 for no limit.", valueName: "number"))
    var maxRequests = "40"

    @Option(
        name: .customLong("config.file"),
        help: ArgumentHelp("YAML file of accounts, and of how they are polled.", valueName: "file"), completion: .file()
    )
    var configurationFile: String?

    @Flag(name: .customLong("config.check"), help: "Check flags, environment and configuration files, and exit.")
    var checksConfiguration = false

    @Option(
        help: ArgumentHelp(
            "Take only the shard I of N of all accounts, from 0/N to N-1/N. (default: 0/1)", valueName: "i/n"))
    var shard: String?

    // Nil where it is not given, since a flag wins over the configuration file and a default does not.
    @Option(
        name: .customLong("twilio.base-url"),
        help: ArgumentHelp(
            "Where the API is, for accounts without a base_url. (default: https://comms.twilio.com)", valueName: "url"))
    var baseURL: String?

    @Option(
        name: .customLong("poll.interval"),
        help: ArgumentHelp("From one poll of the API to the next. (default: 30s)", valueName: "duration"))
    var pollInterval: String?

    @Option(
        name: .customLong("storage.path"),
        help: ArgumentHelp("Folder of the ledgers; :memory: keeps none.", valueName: "folder"), completion: .directory)
    var storagePath = "data"

    @Option(name: .customLong("log.level"), help: ArgumentHelp("Least severity that is logged.", valueName: "level"))
    var logLevel = LogLevel.info

    @Option(
        name: .customLong("log.format"),
        help: ArgumentHelp("How log lines are written, to stderr.", valueName: "format"))
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
