import ArgumentParser
import Console
import Glibc
import HTTPServer
import Operations
import Simulator

/// Runs the simulator as the arguments say, and exits.
func runAndExit(arguments: [String]) -> Never {
    setUpProcess()
    let status = runSimulator(arguments: arguments)
    LineWriter.standardError.finish(within: .seconds(1))
    exit(status)
}

/// Runs the simulator as the arguments say, and returns the status to exit with.
private func runSimulator(arguments: [String]) -> Int32 {
    do {
        let command = try Command.parse(arguments)
        let credentials = try Credentials.fromEnvironment { name in getenv(name).map { String(cString: $0) } }
        return try serve(command, credentials: credentials)
    } catch  where Command.exitCode(for: error).isSuccess {
        guard Output.standardOutput.write(Command.fullMessage(for: error) + "\n") else {
            say("cannot write to standard output; check where it goes")
            return ExitStatus.failure
        }
        return ExitStatus.success
    } catch let error as ServerError {
        say(error.description)
        return ExitStatus.failure
    } catch let error as CredentialsError {
        say(error.description)
        return ExitStatus.usage
    } catch {
        say("\(Command.message(for: error)) (see --help)")
        return ExitStatus.usage
    }
}

/// Serves until SIGTERM or SIGINT.
private func serve(_ command: Command, credentials: [Credentials]) throws -> Int32 {
    // Before any thread is made, so that all inherit the mask and only `wait` sees the signals.
    let signals = AwaitedSignals(.terminate, .interrupt)
    let time = SimulatedAPI.steadyClock()
    let past = try command.past()
    let settings = try command.settings()
    let world = { (resource: Resource) in
        World(
            of: resource, at: time(), reading: command.reading, settings: settings, history: past.length,
            historyRate: past.rate, seed: command.seed)
    }
    let api = SimulatedAPI(
        world(.messages), world(.emails), world(.pushNotifications),
        credentials: credentials.isEmpty ? [.demo] : credentials, time: time)
    let address = try command.address()
    // A thread for each connection, because answers can be told to hang.
    let limits = ServerLimits(threads: .perConnection)
    let server = try Server(listening: address, limits: limits) { api.answer($0) }
    let login =
        credentials.isEmpty
        ? "user \(Credentials.demo.user), password \(Credentials.demo.password)" : "credentials from the environment"
    say("serving \(address.url(port: server.port)) (\(login))")
    _ = signals.wait()
    api.stopHanging()
    server.stop(drain: .seconds(1))
    return ExitStatus.success
}

private func say(_ message: String) {
    LineWriter.standardError.write("comms-simulator: \(message.withUnseenEscaped)\n")
}
