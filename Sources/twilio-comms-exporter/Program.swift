import ArgumentParser
import CMalloc
import Configuration
import Console
import Exporter
import Glibc
import HTTPClient
import Logging
import Metrics
import Operations

/// Does what the arguments say, and exits.
func runAndExit(arguments: [String]) -> Never {
    setUpProcess()
    end(with: runProgram(arguments: arguments))
}

/// Exits when everything that was logged is written, or a second later.
private func end(with status: Int32) -> Never {
    LineWriter.standardError.finish(within: .seconds(1))
    exit(status)
}

/// Does what the arguments say, and returns the status to exit with.
private func runProgram(arguments: [String]) -> Int32 {
    // libcurl's TLS library, and the web server's, would write the keys of every session to the file it names:
    // https://www.gnutls.org/manual/html_node/Debugging-and-auditing.html
    unsetenv("SSLKEYLOGFILE")
    // Shells complete the parser's own `help`.
    guard arguments.first != "help" else { return runProgram(arguments: arguments.dropFirst() + ["--help"]) }
    // Not by the parser, which would give the exporter the flags that both have.
    guard arguments.first != HealthcheckFlags.name else {
        return run(Array(arguments.dropFirst()), checkHealth)
    }
    guard !WholeCommandLine.isDescribed(by: arguments) else { return run(arguments) { (_: WholeCommandLine) in 0 } }
    return run(arguments, runExporter)
}

/// Runs one command with its flags, or says what is wrong with them.
private func run<Command: ParsableCommand>(_ arguments: [String], _ command: (Command) -> Int32) -> Int32 {
    do {
        return command(try Command.parse(arguments))
    } catch {
        return report(parsing: error, of: Command.self)
    }
}

private func runExporter(_ flags: Flags) -> Int32 {
    guard !flags.version else {
        return printed(versionText)
    }
    // With a heap for each thread a megabyte lies idle in them.
    _ = mallopt(M_ARENA_MAX, 1)
    let log = Logger(label: Build.name) { _ in
        LineLogHandler(
            format: flags.logFormat, level: flags.logLevel.level, now: { Timestamp.wallClock().description })
    }
    let configuration: Configuration
    let web: WebFront
    do {
        (configuration, web) = try configured(flags, log)
    } catch {
        for fault in error.faults { complain(fault) }
        return ExitStatus.usage
    }
    guard !flags.checksConfiguration else {
        for warning in configuration.warnings { log.warning("\(warning)") }
        return printed("configuration is fine: \(configuration.summary)\n")
    }
    let reread = { @Sendable () throws(ConfigurationError) in try Configuration(flags) }
    do {
        let exporter = {
            try RunningExporter(
                configuration, web: web, serves: !flags.once, reread: reread, log: log,
                droppedLogLines: { LineWriter.standardError.dropped })
        }
        if flags.once { try pollOnce(exporter(), log) }
        return try serve(exporter, log)
    } catch {
        log.error("cannot run: \(error)")
        return ExitStatus.failure
    }
}

/// What the flags, the environment and the files say; throws everything that is wrong with them.
private func configured(_ flags: Flags, _ log: Logger) throws(ConfigurationError) -> (Configuration, WebFront) {
    let configuration = Result { () throws(ConfigurationError) in try Configuration(flags) }
    let web = Result { () throws(ConfigurationError) in try WebFront(path: flags.webConfigFile, log: log) }
    let proxies = ConfigurationError(faults: ProxyVariables(environment: variable).faults)
    let faults = configuration.faults + web.faults + proxies.all
    guard faults.isEmpty else { throw ConfigurationError(faults) }
    return (try configuration.get(), try web.get())
}

extension Result where Failure == ConfigurationError {
    fileprivate var faults: [ConfigurationError.Fault] {
        if case .failure(let error) = self { error.all } else { [] }
    }
}

/// The value of a variable of the environment.
private func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}

extension Configuration {
    fileprivate init(_ flags: Flags) throws(ConfigurationError) {
        try self.init(
            listenAddresses: flags.listenAddresses, usesSystemdSockets: flags.usesSystemdSockets,
            telemetryPath: flags.telemetryPath, maxRequests: flags.maxRequests, baseURL: flags.baseURL,
            pollInterval: flags.pollInterval, storagePath: flags.storagePath,
            configurationFile: flags.configurationFile, shard: flags.shard,
            log: (flags.logLevel.rawValue, flags.logFormat.rawValue),
            environment: variable)
    }
}

/// Serves until SIGTERM or SIGINT; SIGHUP reloads the configuration. Ends within 5 seconds of the signal, whatever hangs.
private func serve(_ start: () throws -> RunningExporter, _ log: Logger) throws -> Int32 {
    // Before any thread is made, so that all inherit the mask and only the signals' own thread sees them.
    let awaited = AwaitedSignals(.terminate, .interrupt, .hangUp)
    // A second less than it may take, which is left to the log.
    let thread = SignalThread(awaited, limit: .milliseconds(3850)) {
        log.error("could not stop in time, something hangs; ending without it")
        LineWriter.standardError.finish(within: .seconds(1))
    }
    guard let signals = thread else {
        log.error("cannot run: no thread to be had; raise the limit (ulimit -u, TasksMax=)")
        return ExitStatus.failure
    }
    let exporter = try start()
    log.info("starting", metadata: ["version": "\(Build.version)", "revision": "\(Build.revision)"])
    try exporter.start()
    var signal = signals.next()
    while signal == .hangUp {
        exporter.reload.request()
        signal = signals.next()
    }
    log.info("stopping", metadata: ["signal": "\(signal.rawValue)"])
    exporter.stop()
    signals.noteStopped()
    return ExitStatus.success
}

/// Asks the exporters that run here, or those at the addresses given, and says in a line each what is wrong with them.
private func checkHealth(_ flags: HealthcheckFlags) -> Int32 {
    let check: Healthcheck
    do {
        check = try Healthcheck(listenAddresses: flags.addressesToAsk())
    } catch {
        for fault in error.faults { complain(fault) }
        return ExitStatus.usage
    }
    Task.detached {
        let faults = await check.faults()
        for fault in faults { complain(fault) }
        end(with: faults.isEmpty ? ExitStatus.success : ExitStatus.failure)
    }
    while true { pause() }
}

/// Prints the exposition of one poll and exits. Signals keep their default effect: a commit cut short is not counted.
private func pollOnce(_ exporter: sending RunningExporter, _ log: Logger) -> Never {
    Task.detached {
        let (exposition, succeeded) = await exporter.pollOnce()
        guard Output.standardOutput.write(exposition) else {
            log.error("cannot write the metrics to standard output; check where it goes")
            end(with: ExitStatus.failure)
        }
        end(with: succeeded ? ExitStatus.success : ExitStatus.failure)
    }
    while true { pause() }
}

/// One line for a wrong flag; help and its like go to standard output as they are.
private func report<Command: ParsableCommand>(parsing error: any Error, of _: Command.Type) -> Int32 {
    guard Command.exitCode(for: error).isSuccess else {
        let message = Command.message(for: error).split(separator: "\n").first.map(String.init) ?? "\(error)"
        // First the arguments and values as they were given, which may have quotes in them.
        let given = CommandLine.arguments.flatMap { [$0[...], $0.drop { $0 != "=" }.dropFirst()] }
        let shown = given.reduce(message) { $0.replacing("'\($1)'", with: shownArgument($1)) }
            .replacing(/'([^']*)'/) { shownArgument($0.1) }
        complain("\(shown) (see --help)")
        return ExitStatus.usage
    }
    return printed(Command.fullMessage(for: error) + "\n")
}

/// Prints a text, and returns the status to exit with: failure where it cannot be written.
private func printed(_ text: String) -> Int32 {
    guard Output.standardOutput.write(text) else {
        complain("cannot write to standard output; check where it goes")
        return ExitStatus.failure
    }
    return ExitStatus.success
}

/// An argument in quotes, as an error may repeat it: flags, and short values. Others may be secrets in the wrong place.
private func shownArgument(_ argument: Substring) -> String {
    let isShown = argument.hasPrefix("--") || argument.count <= 20 && !argument.contains("@")
    return isShown ? "'\(argument)'" : "'…'"
}

private var versionText: String {
    """
    \(Build.name), version \(Build.version) (revision: \(Build.revision))
      swift version: \(Build.swiftVersion)
      platform:      \(Build.platform)

    """
}

private func complain(_ message: String) {
    LineWriter.standardError.write("\(Build.name): \(message.withUnseenEscaped)\n")
}
