import ArgumentParser
import Glibc
import HTTPServer
import Simulator

/// Runs the program until it is told to stop; returns its exit status: 0, 1 if it cannot serve, 2 for a bad command line
/// or environment.
///
/// Not isolated to the main actor, as the entry point of a program is: what it hands to other threads must not be.
func runSimulator(_ arguments: [String]) -> Int32 {
    do {
        let command = try Command.parse(arguments)
        let credentials = try Credentials.fromEnvironment { name in getenv(name).map { String(cString: $0) } }
        return try serve(command, credentials: credentials)
    } catch  where Command.exitCode(for: error) == .success {
        print(Command.fullMessage(for: error))
        return 0
    } catch let error as ServerError {
        return fail(error.description, status: 1)
    } catch let error as CredentialsError {
        return fail(error.description, status: 2)
    } catch {
        return fail(Command.message(for: error), status: 2)
    }
}

private func serve(_ command: Command, credentials: [Credentials]) throws -> Int32 {
    // Before any thread exists, because threads inherit the mask.
    let stopSignals = blockStopSignals()
    let time = SimulatedAPI.steadyClock()
    let past = try command.past()
    let world = World(
        at: time(), reading: command.reading, settings: try command.settings(), history: past.length,
        historyRate: past.rate, seed: command.seed)
    let api = SimulatedAPI(world, credentials: credentials.isEmpty ? [.demo] : credentials, time: time)
    let address = try command.address()
    // A thread for each connection, because answers can be told to hang.
    let server = try Server(
        listening: address, limits: ServerLimits(threads: .perConnection), handler: { api.answer($0) })
    let account =
        credentials.isEmpty
        ? "user \(Credentials.demo.user), password \(Credentials.demo.password)" : "credentials from the environment"
    printError("serving \(address.url(port: server.port)), \(account)")
    wait(for: stopSignals)
    api.stopHanging()
    server.stop(drain: .seconds(1))
    return 0
}

/// Keeps SIGTERM and SIGINT from ending the process, so that `wait` gets them.
private func blockStopSignals() -> sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    sigaddset(&signals, SIGINT)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    return signals
}

private func wait(for signals: sigset_t) {
    var signals = signals
    var signal: Int32 = 0
    while sigwait(&signals, &signal) != 0 {}
}

private func fail(_ message: String, status: Int32) -> Int32 {
    printError(message)
    return status
}

private func printError(_ message: String) {
    let line = Array("comms-simulator: \(message)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
}
