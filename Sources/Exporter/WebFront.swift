package import Configuration
import Dispatch
internal import Files
internal import HTTPServer
internal import Locking
package import Logging
internal import Web

/// What stands before the routes: TLS, logins and limits, as the file of `--web.config.file` has them.
///
/// Read again when that file changes, or one that it names, and at a `Reload`. A file that is broken changes nothing.
package final class WebFront: Sendable {
    private struct State {
        /// As of the last reading, whatever came of it.
        var files: FileStamps
        /// As of the last look, where it differed: read only when two looks see the same, since a certificate and its key
        /// are seldom written in one moment.
        var changed: FileStamps?
        /// What the last reading found; nil where all was well.
        var fault: ConfigurationError?
        /// Of what is in force.
        var warnings: Set<String>
        /// Whether logins are asked for.
        var asksForLogins: Bool
        var server: Server?
    }

    /// A good reading of the file.
    struct Candidate {
        fileprivate let configuration: WebConfiguration
        fileprivate let files: FileStamps
    }

    /// Nil for plain HTTP, at the start; whether there is TLS does not change later.
    let tls: TLSContext?
    private let path: String?
    private let log: Logger
    private let gate: Locked<Gate>
    private let state: Locked<State>

    /// Reads the file, or none. Throws what is wrong with it.
    package init(path: String?, log: Logger) throws(ConfigurationError) {
        self.path = path
        self.log = log
        let reading = path.map { WebReading(path: $0) }
        let configuration = try reading?.result.get() ?? WebConfiguration()
        tls = configuration.tls
        gate = Locked(Gate(configuration))
        state = Locked(
            State(
                files: reading?.files ?? FileStamps(), warnings: Set(configuration.warnings),
                asksForLogins: !configuration.users.isEmpty))
        for warning in configuration.warnings { log.warning("\(warning)") }
    }

    /// Has `respond` answer those who may ask; see `Gate`.
    func answer(
        _ request: ServerRequest, _ respond: @escaping @Sendable (ServerRequest) -> ServerAnswer
    ) -> ServerAnswer {
        // Without a file there are no rules, and never will be.
        path == nil ? respond(request) : gate.withLock { $0 }.answer(request, respond)
    }

    /// Gives a server that was started with `tls` each later context, and begins to look at the files every second.
    func follow(_ server: Server, on queue: DispatchQueue = .global()) {
        state.withLock { $0.server = server }
        if path != nil { watch(on: queue) }
    }

    /// Lets go of the server.
    func stop() {
        state.withLock { $0.server = nil }
    }

    /// What the file says now, if there is one; nothing of it is in force yet. Throws what is wrong with it.
    func candidate() throws(ConfigurationError) -> Candidate? {
        guard let path else { return nil }
        let reading = WebReading(path: path)
        let asksForLogins = state.withLock(\.asksForLogins)
        return Candidate(
            configuration: try checked(reading.result, asksForLogins: asksForLogins), files: reading.files)
    }

    /// Puts it in force.
    func install(_ candidate: Candidate) {
        state.withLock { state in
            install(candidate.configuration, &state)
            state.files = candidate.files
            state.changed = nil
            state.fault = nil
        }
    }

    private func watch(on queue: DispatchQueue) {
        queue.asyncAfter(deadline: .now() + 1) { [weak self] in
            guard let self, look() else { return }
            watch(on: queue)
        }
    }

    /// Reads the files where they have changed. False where there is no server any more.
    ///
    /// Holds nothing meanwhile that others wait for, since a disk may hang: the end of the exporter least of all.
    private func look() -> Bool {
        let before = state.withLock { $0 }
        guard let path, before.server != nil else { return false }
        let now = before.files.now
        guard now != before.files, now == before.changed else {
            note(changed: now == before.files ? nil : now, since: before.files)
            return true
        }
        let reading = WebReading(path: path)
        state.withLock { state in
            // Unless a reload has read it in the meantime.
            if state.files == before.files { take(reading, &state) }
        }
        return true
    }

    private func note(changed files: FileStamps?, since known: FileStamps) {
        state.withLock { state in
            if state.files == known { state.changed = files }
        }
    }

    /// One line when a fault begins, when it becomes another, and when all is well.
    private func take(_ reading: WebReading, _ state: inout State) {
        state.files = reading.files
        state.changed = nil
        do {
            install(try checked(reading.result, asksForLogins: state.asksForLogins), &state)
            state.fault = nil
            log.info("web configuration reloaded")
        } catch {
            if error != state.fault {
                log.error("web configuration not reloaded, the last good one stays in force: \(error)")
            }
            state.fault = error
        }
    }

    /// Throws what is wrong with a reading, also where it takes away what only a restart may: a file that is emptied by
    /// mistake must not open the door.
    private func checked(
        _ result: Result<WebConfiguration, ConfigurationError>, asksForLogins: Bool
    ) throws(ConfigurationError) -> WebConfiguration {
        let configuration = try result.get()
        guard (configuration.tls == nil) == (tls == nil) else {
            let change = tls == nil ? "added" : "removed"
            throw ConfigurationError(faults: [
                "\(path ?? ""): tls_server_config: was \(change); restart the exporter for that"
            ])
        }
        guard !asksForLogins || !configuration.users.isEmpty else {
            throw ConfigurationError(faults: [
                "\(path ?? ""): basic_auth_users: all were removed, which would let everybody in; restart the exporter"
                    + " for that"
            ])
        }
        return configuration
    }

    private func install(_ configuration: WebConfiguration, _ state: inout State) {
        if let context = configuration.tls { state.server?.use(context) }
        gate.withLock { $0 = Gate(configuration, after: $0) }
        state.asksForLogins = !configuration.users.isEmpty
        for warning in configuration.warnings where !state.warnings.contains(warning) { log.warning("\(warning)") }
        state.warnings = Set(configuration.warnings)
    }
}

extension Gate {
    fileprivate convenience init(_ configuration: WebConfiguration, after last: Gate? = nil) {
        var rules = Rules()
        rules.headers = configuration.headers
        rules.users = configuration.users
        rules.rate = configuration.rateLimit.map { ($0.interval, $0.burst) }
        rules.openPaths = configuration.openPaths
        self.init(rules, after: last)
    }
}
