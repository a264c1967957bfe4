import ArgumentParser
import Metrics

/// The command line of `healthcheck`.
struct HealthcheckFlags: ParsableCommand {
    static let name = "healthcheck"
    static let configuration = CommandConfiguration(
        commandName: name, _superCommandName: Build.name,
        abstract: "Asks the exporter on this machine whether it lives: exits with 0 if it does, else with 1.",
        discussion: "For containers. HTTP or TLS, as the exporter has it; no file is read and no login needed.")

    @Option(
        name: .customLong("web.listen-address"),
        help: ArgumentHelp("Where the exporter serves, as its own flag has it.", valueName: "address"))
    var listenAddress = ":10042"
}
