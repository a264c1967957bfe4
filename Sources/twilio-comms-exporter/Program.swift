import ArgumentParser
import CMalloc
import Configuration
import Console
import Exporter
import Glibc
import Logging
import Metrics
import Operations

/// Does what the arguments say, and returns the status to exit with.
func runProgram(arguments: [String]) -> Int32 {
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
        Output.standardOutput.write(versionText)
        return ExitStatus.success
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
        Output.standardOutput.write("configuration is fine: \(configuration.summary)\n")
        return ExitStatus.success
    }
    let reread = { @Sendable () throws(ConfigurationError) in try Configuration(flags) }
    do {
        let exporter = {
            try RunningExporter(configuration, web: web, serves: !flags.once, reread: reread, log: log)
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
    if case .failure(let one) = configuration, case .failure(let other) = web {
        throw ConfigurationError(faults: one.faults + other.faults)
    }
    return (try configuration.get(), try web.get())
}

extension Configuration {
    fileprivate init(_ flags: Flags) throws(ConfigurationError) {
        try self.init(
            listenAddresses: flags.listenAddresses, usesSystemdSockets: flags.usesSystemdSockets,
            telemetryPath: flags.telemetryPath, maxRequests: flags.maxRequests, baseURL: flags.baseURL,
            pollInterval: flags.pollInterval, storagePath: flags.storagePath,
            configurationFile: flags.configurationFile, shard: flags.shard,
            environment: { getenv($0).map { String(cString: $0) } })
    }
}

/// Serves until SIGTERM or SIGINT; SIGHUP reloads the configuration.
private func serve(_ start: () throws -> RunningExporter, _ log: Logger) throws -> Int32 {
    // Before any thread is made, so that all inherit the mask and only `wait` sees the signals.
    let signals = AwaitedSignals(.terminate, .interrupt, .hangUp)
    let exporter = try start()
    log.info("starting", metadata: ["version": "\(Build.version)", "revision": "\(Build.revision)"])
    try exporter.start()
    var signal = signals.wait()
    while signal == .hangUp {
        exporter.reload.request()
        signal = signals.wait()
    }
    log.info("stopping", metadata: ["signal": "\(signal.rawValue)"])
    exporter.stop()
    return ExitStatus.success
}

/// Asks a running exporter, and says in one line what is wrong with it.
private func checkHealth(_ flags: HealthcheckFlags) -> Int32 {
    let check: Healthcheck
    do {
        check = try Healthcheck(listenAddress: flags.listenAddress)
    } catch {
        for fault in error.faults { complain(fault) }
        return ExitStatus.usage
    }
    Task.detached {
        let fault = await check.fault()
        if let fault { complain(fault) }
        exit(fault == nil ? ExitStatus.success : ExitStatus.failure)
    }
    while true { pause() }
}

/// Prints the exposition of one poll and exits. Signals keep their default effect: a commit cut short is not counted.
private func pollOnce(_ exporter: sending RunningExporter, _ log: Logger) -> Never {
    Task.detached {
        let (exposition, succeeded) = await exporter.pollOnce()
        guard Output.standardOutput.write(exposition) else {
            log.error("cannot write the metrics to standard output; check where it goes")
            exit(ExitStatus.failure)
        }
        exit(succeeded ? ExitStatus.success : ExitStatus.failure)
    }
    while true { pause() }
}

/// One line for a wrong flag; help and its like go to standard output as they are.
private func report<Command: ParsableCommand>(parsing error: any Error, of _: Command.Type) -> Int32 {
    guard Command.exitCode(for: error).isSuccess else {
        let message = Command.message(for: error).split(separator: "\n").first.map(String.init) ?? "\(error)"
        complain("\(message) (see --help)")
        return ExitStatus.usage
    }
    Output.standardOutput.write(Command.fullMessage(for: error) + "\n")
    return ExitStatus.success
}

private var versionText: String {
    """
    \(Build.name), version \(Build.version) (revision: \(Build.revision))
      swift version: \(Build.swiftVersion)
      platform:      \(Build.platform)

    """
}

private func complain(_ message: String) {
    Output.standardError.write("\(Build.name): \(message)\n")
}
