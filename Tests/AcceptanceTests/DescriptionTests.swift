import Foundation
import TestSupport
import Testing

/// What the built program writes of its own flags: the manual page, and completions for shells.
@Suite(.fewAtATime) struct DescriptionTests {
    private static let name = "twilio-comms-exporter"
    private let folder: TemporaryFolder

    init() async throws {
        folder = try TemporaryFolder()
        let described = try await Program(
            path: PrometheusProcess.repository + "/deploy/release/describe",
            [Program.path(of: Self.name), folder.path], environment: ["PATH": "/usr/bin:/bin"]
        ).wait()
        try #require(described.status == 0, "\(described.errors)")
    }

    @Test("the manual page is one that mandoc has nothing against, with every section and every flag")
    func manual() async throws {
        let path = "\(folder.path)/\(Self.name).1"
        let lint = try await Program(path: "/usr/bin/mandoc", ["-Tlint", "-Wwarning", path]).wait()
        #expect((lint.status, lint.output, lint.errors) == (0, "", ""))
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.hasPrefix(#".TH TWILIO-COMMS-EXPORTER 1 2"#))
        #expect(
            text.matches(of: /(?m)^\.SH "?([A-Z ]+)/).map { String($0.1) } == [
                "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT", "FILES", "EXIT STATUS", "SIGNALS",
                "EXAMPLES",
                "SEE ALSO",
            ])
        let help = try await Program(Self.name, ["--help"]).wait().output
        let flags = help.matches(of: /(?m)^ {2}(?:-h, )?(--[a-z.-]+)/).map { String($0.1) }
        #expect(flags.count > 15)
        for flag in flags {
            #expect(text.contains("\\fB" + flag.replacing("-", with: "\\-") + "\\fR"), "\(flag) is not in the manual")
        }
        #expect(text.contains("\n.SS \"Options of healthcheck\"\n"))
    }

    @Test(
        "a real bash completes flags, their values, and healthcheck with its own flags",
        arguments: [
            (
                ["--web."],
                [
                    "--web.config.file", "--web.listen-address", "--web.max-requests", "--web.systemd-socket",
                    "--web.telemetry-path",
                ]
            ),
            (["--log.level", ""], ["debug", "error", "info", "warn"]),
            (["heal"], ["healthcheck"]),
            (["healthcheck", "--w"], ["--web.listen-address"]),
        ])
    func completion(words: [String], expected: [String]) async throws {
        let bash = try await Program(
            path: "/bin/bash",
            ["-c", askBash, "bash", "\(folder.path)/\(Self.name).bash", Self.name] + words
        ).wait()
        #expect(bash.errors == "")
        #expect(bash.output.split(separator: "\n").map(String.init).sorted() == expected)
    }
}

/// Asks the function that bash is told to complete by, as bash itself calls it (bash(1), Programmable Completion).
private let askBash = """
    source "$1"
    shift
    function=$(complete -p "$1")
    function=${function#*-F }
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMP_LINE=$*
    COMP_POINT=${#COMP_LINE}
    COMP_TYPE=9
    "${function%% *}" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    printf '%s\\n' "${COMPREPLY[@]}"
    """
