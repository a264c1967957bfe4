import ArgumentParser
import Metrics

/// Both commands as one parser, which shells' completions and the manual page are made from. It runs neither: it would
/// give the exporter the flags that both have.
struct WholeCommandLine: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: Build.name, abstract: Flags.configuration.abstract, discussion: Flags.configuration.discussion,
        subcommands: [HealthcheckFlags.self])

    @OptionGroup var flags: Flags

    /// Whether the arguments ask the parser to describe itself, for a shell or in JSON.
    static func isDescribed(by arguments: [String]) -> Bool {
        ["--generate-completion-script", "--experimental-dump-help"].contains { arguments.first?.hasPrefix($0) == true }
    }
}
