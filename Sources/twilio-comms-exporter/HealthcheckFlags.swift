import ArgumentParser
import Configuration
import Exporter
import Metrics

/// The command line of `healthcheck`.
struct HealthcheckFlags: ParsableCommand {
    static let name = "healthcheck"
    static let configuration = CommandConfiguration(
        commandName: name, _superCommandName: Build.name,
        abstract: "Asks the exporter on this machine whether it lives: exits with 0 if it does, else with 1.",
        discussion: """
            For containers. It finds the addresses by itself, in the command lines of the exporters that run in the same \
            container, or on this machine; each of them must answer. HTTP or TLS, as the exporter has it; no \
            configuration is read and no login needed.
            """)

    @Option(
        name: .customLong("web.listen-address"),
        help: ArgumentHelp(
            "Where the exporter serves, as its own flag has it; may be repeated. (default: where exporters run, else :10042)",
            valueName: "address"))
    var listenAddresses: [String] = []

    /// The addresses given, or else those of the exporters that run here. Throws where an exporter's cannot be known.
    func addressesToAsk() throws(ConfigurationError) -> [String] {
        guard listenAddresses.isEmpty else { return listenAddresses }
        var addresses: [String] = []
        for namesake in Namesake.all() {
            guard let flags = try? Flags.parse(namesake.arguments), flags.serves else { continue }
            guard !flags.usesSystemdSockets, !flags.listenAddresses.contains(where: { $0.hasSuffix(":0") }) else {
                throw ConfigurationError(faults: [
                    "the exporter with process ID \(namesake.processID) listens on sockets of systemd, or on a port that the"
                        + " system chose; say where with --web.listen-address"
                ])
            }
            addresses += flags.listenAddresses.filter { !addresses.contains($0) }
        }
        return addresses.isEmpty ? [":10042"] : addresses
    }
}

extension Flags {
    /// False where the program does one thing and exits.
    fileprivate var serves: Bool { !version && !checksConfiguration && !once }
}
